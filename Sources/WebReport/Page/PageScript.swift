// What the page does: reads its data, draws when there is room, hands data out, changes its colours for the reader and for paper.

enum PageScript {
    /// Numbers and traces first: the rest uses them.
    static let text = "\"use strict\";\n{\n" + [NumberScript.text, TraceScript.text, page].joined(separator: "\n") + "\n}\n"

    private static let page = #"""
const report = JSON.parse(document.getElementById("report-data").textContent);
const places = [...document.querySelectorAll("[data-chart]")];
const chartOf = id => report.charts.find(chart => chart.id === id);

function theme() {
  const style = getComputedStyle(document.documentElement);
  const value = name => style.getPropertyValue(name).trim();
  const dark = !document.documentElement.hasAttribute("data-paper") && matchMedia("(prefers-color-scheme: dark)").matches;
  return {
    dark, ink: value("--ink"), soft: value("--soft"), grid: value("--grid"), card: value("--card"), line: value("--line"), muted: value("--muted"), band: value("--band"),
    series: [0, 1, 2, 3, 4, 5].map(index => value("--s" + index)),
  };
}

const options = {
  displaylogo: false, responsive: false, doubleClick: "reset", showTips: false,
  modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d", "pan2d", "hoverClosestCartesian", "hoverCompareCartesian", "toggleSpikelines"],
};

function draw(place, width) {
  const chart = chartOf(place.dataset.chart);
  try {
    const drawn = picture(chart, theme(), width || place.clientWidth);
    const named = { ...options, toImageButtonOptions: { format: "svg", filename: chart.id } };
    // The place has a name and a description; what it is drawn and measured with has nothing to say aloud.
    return Plotly.react(place, drawn.data, drawn.layout, named).then(() => {
      for (const drawing of document.querySelectorAll("svg")) drawing.setAttribute("aria-hidden", "true");
    });
  } catch (error) {
    place.classList.add("failed");
    place.textContent = "This plot could not be drawn. Its data are in the table below.";
    console.error(error);
  }
}

// One plot at a time, so that the page can be read and scrolled meanwhile. A later call takes over.
let round = 0;
function drawAll(width) {
  const mine = ++round;
  let next = 0;
  const step = () => {
    if (mine !== round) return;
    if (next < places.length) { draw(places[next++], width); setTimeout(step, 0); } else { document.documentElement.dataset.drawn = String(places.length); }
  };
  step();
}
drawAll();

let seen = innerWidth, waiting;
addEventListener("resize", () => {
  if (innerWidth === seen) return;
  seen = innerWidth;
  clearTimeout(waiting);
  waiting = setTimeout(drawAll, 150);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll());

// Paper is white, and narrower than most windows.
const paperWidth = 660;
addEventListener("beforeprint", () => {
  document.documentElement.setAttribute("data-paper", "");
  round++;
  for (const place of places) draw(place, paperWidth);
});
addEventListener("afterprint", () => {
  document.documentElement.removeAttribute("data-paper");
  drawAll();
});

function csv(chart) {
  const quoted = value => {
    if (value === null) return "";
    if (typeof value === "number") return String(value);
    // A spreadsheet would take these for formulas.
    const safe = /^[=+\-@\t]/.test(value) ? "'" + value : value;
    return /[",\n\r']/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
  };
  const heads = chart.columns.map(column => quoted(column.unit ? `${column.name} (${column.unit})` : column.name));
  return [heads, ...chart.rows.map(row => row.map(quoted))].map(cells => cells.join(",")).join("\r\n") + "\r\n";
}

function save(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

document.addEventListener("click", event => {
  const button = event.target.closest("button[data-save]");
  if (!button) return;
  const id = button.dataset.save;
  if (!id) return save("report.json", "application/json", JSON.stringify(report, null, 1) + "\n");
  const chart = chartOf(id);
  if (button.dataset.as === "csv") save(id + ".csv", "text/csv;charset=utf-8", csv(chart));
  else save(id + ".json", "application/json", JSON.stringify({ title: chart.title, columns: chart.columns, rows: chart.rows }, null, 1) + "\n");
});
"""#
}
