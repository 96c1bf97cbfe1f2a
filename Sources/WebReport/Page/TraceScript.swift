// From a chart's description to what plotly.js draws. No series is told from another by its colour alone.

enum TraceScript {
    static let text = #"""
// plotly.js reads a little HTML in its texts: names from results must not be any.
const plain = text => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
function wrapped(text, width) {
  const lines = [""];
  for (const word of String(text).split(" ")) {
    const line = lines[lines.length - 1];
    if (line && line.length + word.length + 1 > width) lines.push(word); else lines[lines.length - 1] = line ? line + " " + word : word;
  }
  return lines.map(plain).join("<br>");
}
const dashes = ["solid", "dash", "longdash", "dashdot", "longdashdot", "solid"];
const symbols = ["circle", "diamond", "square", "triangle-up", "cross", "star-diamond"];
const patterns = ["", "/", ".", "x", "-", "\\"];

function axis(spec, look, values, room) {
  const result = {
    title: { text: plain(spec.title), font: { size: 12, color: look.soft }, standoff: 8 }, gridcolor: look.grid, linecolor: look.line, zerolinecolor: look.line,
    tickfont: { size: 11.5, color: look.soft }, automargin: true, fixedrange: false,
  };
  const numbers = known(values);
  if (!numbers.length) return result;
  let [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  if (spec.log && low > 0) {
    result.type = "log";
    if (high / low < 1.02) { low /= 1.02; high *= 1.02; }
    const pad = Math.max(0.02, (Math.log10(high) - Math.log10(low)) * 0.05);
    const ends = [Math.log10(low) - (spec.quantiles ? 0 : pad), Math.log10(high) + pad];
    result.range = ends;
    const ticks = spec.quantiles ? [1, 2, 4].concat(logTicks(10, high, 9)) : logTicks(10 ** ends[0], 10 ** ends[1], room);
    result.tickvals = ticks;
    result.ticktext = ticks.map(tick => (spec.quantiles && tick === 1 ? "min" : spell(tick, spec.unit, true)));
  } else {
    result.type = "linear";
    if (spec.range) { [low, high] = [Math.min(low, spec.range[0]), Math.max(high, spec.range[1])]; }
    else { const pad = (high - low || Math.abs(high) || 1) * 0.06; low = low >= 0 ? 0 : low - pad; high = high <= 0 ? 0 : high + pad; }
    result.range = [low, high];
    result.tickvals = evenTicks(low, high, room);
    result.ticktext = result.tickvals.map(tick => spell(tick, spec.unit, true));
  }
  return result;
}

// The rows of a chart as an axis of their own, the first on top.
function rowAxis(chart, look, labels, width) {
  return {
    tickvals: labels.map((_, index) => index), ticktext: labels.map(label => wrapped(label, width < 560 ? 18 : 34)), range: [labels.length - 0.45, -0.55],
    automargin: true, tickfont: { size: 12, color: look.ink }, showgrid: false, zeroline: false, fixedrange: true, linecolor: look.line,
  };
}

function frame(look, width, height) {
  return {
    width, height, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { family: "system-ui, -apple-system, Segoe UI, Roboto, DejaVu Sans, sans-serif", color: look.ink, size: 12 },
    margin: { l: 12, r: 14, t: 34, b: 44 }, hovermode: "closest", dragmode: width < 640 ? false : "zoom", showlegend: false,
    legend: { orientation: "h", x: 0, xanchor: "left", y: 1, yanchor: "bottom", font: { size: 12 }, traceorder: "normal", itemwidth: 44 },
    hoverlabel: { bgcolor: look.card, bordercolor: look.line, font: { color: look.ink, size: 12 }, align: "left" }, modebar: { bgcolor: "rgba(0,0,0,0)", color: look.muted, activecolor: look.ink, orientation: "v" },
    shapes: [], annotations: [],
  };
}

const columnOf = (chart, index) => chart.rows.map(row => row[index]);
const colour = (series, index, look) => (series.muted ? look.muted : look.series[index % look.series.length]);

function lines(chart, look, width) {
  const traces = [], layout = frame(look, width, width < 560 ? 330 : 400);
  chart.series.forEach((series, index) => {
    const rows = chart.rows.filter(row => row[series.x] !== null ? row[series.y] !== null : true);
    const point = row => ({ x: row[series.x], y: row[series.y] });
    const hint = row => (row[series.x] === null ? "" : `${plain(series.name)}<br>${chart.x.unit === "quantile" ? "" : plain(chart.x.title) + " "}${spell(row[series.x], chart.x.unit)}: ${spell(row[series.y], chart.y.unit)}`);
    const base = {
      type: "scatter", name: plain(series.name), legendgroup: String(index), hoverinfo: "text", connectgaps: false,
      mode: chart.kind === "points" ? "markers" : rows.length < 40 && !chart.x.quantiles ? "lines+markers" : "lines",
      line: { color: colour(series, index, look), width: series.muted ? 1.6 : 2.4, dash: series.muted ? "dash" : dashes[index % dashes.length], shape: chart.x.quantiles ? "linear" : "linear" },
      marker: { color: colour(series, index, look), symbol: symbols[index % symbols.length], size: chart.kind === "points" ? 9 : 6 },
    };
    const trace = (rows, more) => traces.push({ ...base, ...more, x: rows.map(row => point(row).x), y: rows.map(row => point(row).y), hovertext: rows.map(hint) });
    if (series.until === undefined || series.until === null) return trace(rows, {});
    // The two halves share the point where they meet.
    const cut = rows.filter(row => row[series.x] <= series.until).length;
    if (cut > 1) trace(rows.slice(0, cut), {});
    if (cut < rows.length) trace(rows.slice(Math.max(0, cut - 1)), { showlegend: cut <= 1, line: { ...base.line, dash: "dot", width: 1.5 } });
  });
  const values = index => known(chart.series.flatMap(series => columnOf(chart, series[index])));
  layout.xaxis = axis(chart.x, look, values("x").concat(chart.bands.flatMap(band => [band.from, band.to])), width < 560 ? 5 : 9);
  layout.yaxis = axis(chart.y, look, values("y").concat(chart.reference ? [chart.reference.value] : []), 7);
  if (chart.kind === "points" && layout.xaxis.range) layout.xaxis.range = [0.4, layout.xaxis.range[1]];
  bands(chart, look, layout, width);
  marks(chart, look, layout);
  if (chart.reference) layout.shapes.push({ type: "line", xref: "paper", x0: 0, x1: 1, y0: chart.reference.value, y1: chart.reference.value, line: { color: look.soft, width: 1.2, dash: "dash" } });
  layout.showlegend = chart.series.length > 1;
  layout.margin.t = chart.series.length > 1 ? 24 + 22 * Math.ceil(chart.series.reduce((sum, series) => sum + series.name.length * 6.6 + 64, 0) / Math.max(200, width - 40)) : 18;
  return { data: traces, layout };
}

function bands(chart, look, layout, width) {
  if (!chart.bands.length) return;
  const [low, high] = layout.xaxis.range, pixels = (width - 80) / (high - low);
  for (const band of chart.bands) {
    const room = (band.to - band.from) * pixels;
    layout.shapes.push({ type: "rect", yref: "paper", layer: "below", x0: band.from, x1: band.to, y0: 0, y1: 1, fillcolor: look.band, opacity: band.measured ? 1 : 0.35, line: { width: band.measured ? 1 : 0, color: look.band } });
    if (!band.measured || room < 13) continue;
    const across = room > band.name.length * 6.2;
    layout.annotations.push({ x: across ? (band.from + band.to) / 2 : band.from, xanchor: across ? "center" : "left", y: 1, yref: "paper", yanchor: "top", text: plain(band.name), textangle: across ? 0 : -90, showarrow: false, font: { size: 10.5, color: look.soft } });
  }
}

// What was done on purpose: an outline where it lasted, a line where it did not, named below.
function marks(chart, look, layout) {
  chart.marks.forEach((mark, index) => {
    layout.shapes.push({ type: "rect", yref: "paper", layer: "above", x0: mark.from, x1: mark.to, y0: 0, y1: 1, fillcolor: look.ink, opacity: 0.28, line: { width: 1.5, color: look.ink, dash: "dot" } });
    layout.annotations.push({ x: mark.from, xanchor: "left", y: 0.02 + 0.07 * (index % 4), yref: "paper", yanchor: "bottom", text: plain(mark.name), showarrow: false, font: { size: 11, color: look.ink }, bgcolor: look.card });
  });
}

function bars(chart, look, width) {
  const labels = columnOf(chart, 0).map(String), stacked = chart.kind === "stacked", count = chart.series.length;
  const layout = frame(look, width, 96 + labels.length * (stacked ? 36 : 18 + 17 * count));
  const traces = chart.series.map((series, index) => ({
    type: "bar", orientation: "h", name: plain(series.name), x: columnOf(chart, series.x), y: labels.map((_, row) => row), hoverinfo: "text",
    hovertext: labels.map((label, row) => (chart.rows[row][series.x] === null ? "" : `${plain(label)}<br>${plain(series.name)}: ${spell(chart.rows[row][series.x], chart.x.unit)}`)),
    text: columnOf(chart, series.x).map(value => (value === null || (stacked && value < 9) ? "" : spell(value, chart.x.unit, true))), textposition: stacked ? "inside" : "auto",
    insidetextanchor: stacked ? "middle" : "end", textangle: 0, textfont: { size: 11.5, color: stacked || true ? undefined : look.ink }, outsidetextfont: { color: look.ink, size: 11.5 },
    insidetextfont: { color: look.dark ? "#10161c" : "#ffffff", size: 11.5 }, constraintext: "none", cliponaxis: false,
    marker: { color: colour(series, index, look), pattern: { shape: patterns[index % patterns.length], fillmode: "overlay", solidity: 0.18, size: 7, fgcolor: look.dark ? "rgba(0,0,0,.55)" : "rgba(255,255,255,.6)" }, line: { width: stacked ? 1 : 0, color: look.card } },
  }));
  layout.barmode = stacked ? "stack" : "group";
  layout.bargap = 0.28;
  layout.bargroupgap = 0.06;
  layout.xaxis = axis(chart.x, look, chart.series.flatMap(series => columnOf(chart, series.x)).concat(stacked ? [100] : [0]), width < 560 ? 4 : 8);
  layout.yaxis = rowAxis(chart, look, labels, width);
  layout.showlegend = count > 1;
  layout.margin.t = count > 1 ? legendRoom(chart, width) : 12;
  return { data: traces, layout };
}

const legendRoom = (chart, width) => 14 + 22 * Math.ceil(chart.series.reduce((sum, series) => sum + series.name.length * 6.6 + 64, 0) / Math.max(200, width - 40));

function intervals(chart, look, width) {
  const labels = columnOf(chart, 0).map(String), count = chart.series.length;
  const layout = frame(look, width, 100 + labels.length * (24 + 13 * (count - 1)));
  const shown = [];
  const traces = chart.series.map((series, index) => {
    const values = columnOf(chart, series.x);
    const ends = side => (side === undefined || side === null ? values.map(() => null) : columnOf(chart, side));
    const [lows, highs] = [ends(series.low), ends(series.high)];
    shown.push(...known(values), ...known(lows), ...known(highs));
    const offset = (index - (count - 1) / 2) * (0.62 / count);
    const tint = colour(series, index, look);
    return {
      type: "scatter", mode: "markers", name: plain(series.name), x: values, y: labels.map((_, row) => row + offset), hoverinfo: "text",
      hovertext: labels.map((label, row) => {
        if (values[row] === null) return "";
        const range = lows[row] === null || highs[row] === null ? "" : ` [${spell(lows[row], chart.x.unit)}, ${spell(highs[row], chart.x.unit)}]`;
        return `${plain(label)}<br>${plain(series.name)}: ${spell(values[row], chart.x.unit)}${range}`;
      }),
      marker: { color: tint, symbol: symbols[index % symbols.length], size: 10, line: { color: look.card, width: 1 } },
      error_x: {
        type: "data", symmetric: false, color: tint, thickness: 2, width: 5, visible: lows.some(low => low !== null),
        array: highs.map((high, row) => (high === null || values[row] === null ? 0 : Math.max(0, high - values[row]))),
        arrayminus: lows.map((low, row) => (low === null || values[row] === null ? 0 : Math.max(0, values[row] - low))),
      },
    };
  });
  if (chart.reference) shown.push(chart.reference.value);
  layout.xaxis = axis(chart.x, look, shown, width < 560 ? 4 : 8);
  layout.yaxis = { ...rowAxis(chart, look, labels, width), showgrid: true, gridcolor: look.grid };
  if (chart.reference) {
    layout.shapes.push({ type: "line", yref: "paper", y0: 0, y1: 1, x0: chart.reference.value, x1: chart.reference.value, line: { color: look.soft, width: 1.5, dash: "dash" } });
    const at = chart.x.log ? Math.log10(chart.reference.value) : chart.reference.value, [low, high] = layout.xaxis.range || [0, 1];
    layout.annotations.push({ x: at, y: 1, yref: "paper", yanchor: "bottom", xanchor: at > (low + high) / 2 ? "right" : "left", showarrow: false, text: plain(chart.reference.name), font: { size: 11, color: look.soft } });
  }
  layout.showlegend = count > 1;
  layout.margin.t = (count > 1 ? legendRoom(chart, width) : 8) + (chart.reference ? 18 : 6);
  if (chart.reference) layout.legend.y = 1 + 18 / Math.max(60, layout.height - layout.margin.t - 60);
  return { data: traces, layout };
}

const heats = { light: [[0, "#edf4fa"], [0.35, "#9cc7e3"], [0.7, "#2f7fb8"], [1, "#0a2f5c"]], dark: [[0, "#16212c"], [0.35, "#1f5a85"], [0.7, "#5fb0e0"], [1, "#f2f9ff"]] };

function heat(chart, look, width) {
  const rows = chart.columns.slice(1), firsts = columnOf(chart, 0), named = firsts.some(first => typeof first === "string"), unit = chart.y.unit;
  const raw = rows.map((_, index) => columnOf(chart, index + 1)), numbers = known(raw.flat()).filter(value => value > 0);
  const layout = frame(look, width, 108 + rows.length * (named ? 38 : 34));
  const [low, high] = numbers.length ? [Math.min(...numbers), Math.max(...numbers)] : [1, 10];
  const ticks = logTicks(low, high, width < 560 ? 3 : 5);
  const written = firsts.length * (width < 560 ? 58 : 62) < width - 150;
  const trace = {
    type: "heatmap", x: named ? firsts.map((_, index) => index) : firsts, y: rows.map((_, index) => index), z: raw.map(line => line.map(value => (value === null || value <= 0 ? null : Math.log10(value)))),
    customdata: raw, hoverinfo: "text", hoverongaps: false, xgap: 1.5, ygap: 1.5, colorscale: look.dark ? heats.dark : heats.light, zmin: Math.log10(low), zmax: Math.log10(high) + 1e-6,
    hovertext: raw.map((line, index) => line.map((value, at) => (value === null ? "" : `${plain(rows[index].name)}<br>${named ? plain(firsts[at]) : plain(chart.x.title) + " " + firsts[at]}: ${spell(value, unit)}`))),
    showscale: width >= 560,
    colorbar: { title: { text: plain(chart.y.title), side: "right", font: { size: 11, color: look.soft } }, tickvals: ticks.map(Math.log10), ticktext: ticks.map(tick => spell(tick, unit, true)), tickfont: { size: 11, color: look.soft }, thickness: 12, outlinewidth: 0 },
  };
  if (written) {
    trace.text = raw.map(line => line.map(value => (value === null ? "" : spell(value, unit))));
    trace.texttemplate = "%{text}";
    trace.textfont = { size: width < 560 ? 10 : 11.5 };
  }
  layout.xaxis = named
    ? { tickvals: firsts.map((_, index) => index), ticktext: firsts.map(first => wrapped(first, width < 560 ? 12 : 26)), tickfont: { size: 12, color: look.ink }, automargin: true, showgrid: false, zeroline: false, title: { text: plain(chart.x.title), font: { size: 12, color: look.soft } } }
    : { title: { text: plain(chart.x.title), font: { size: 12, color: look.soft }, standoff: 8 }, tickfont: { size: 11.5, color: look.soft }, showgrid: false, zeroline: false, automargin: true, tickvals: firsts.length > 1 ? evenTicks(firsts[0], firsts[firsts.length - 1], width < 560 ? 5 : 12).filter(Number.isInteger) : firsts };
  layout.yaxis = rowAxis(chart, look, rows.map(row => row.name), width);
  marks(chart, look, layout);
  layout.margin.t = 12;
  return { data: [trace], layout };
}

function picture(chart, look, width) {
  switch (chart.kind) {
    case "lines": case "points": return lines(chart, look, width);
    case "bars": case "stacked": return bars(chart, look, width);
    case "intervals": return intervals(chart, look, width);
    default: return heat(chart, look, width);
  }
}
"""#
}
