// Numbers on axes and under the pointer, as the tables have them; and where the ticks of an axis stand.

enum NumberScript {
    static let text = #"""
function threeDigits(value) {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 99.95) return Math.round(value).toLocaleString("en-US");
  if (size >= 9.995) return value.toFixed(1);
  let decimals = 2, bound = 0.9995;
  while (size < bound && decimals < 6) { decimals++; bound /= 10; }
  return value.toFixed(decimals);
}
const short = text => (text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text);
const scaled = (value, steps) => {
  let [factor, unit] = steps[0];
  for (const [next, name] of steps) if (Math.abs(value) >= next * 0.9995) [factor, unit] = [next, name];
  return [value / factor, unit];
};
const times = [[1, "ns"], [1e3, "µs"], [1e6, "ms"], [1e9, "s"]];
const sizes = [[1, "B"], [1024, "KiB"], [1048576, "MiB"], [1073741824, "GiB"], [1099511627776, "TiB"]];
const percentile = place => "p" + short(((1 - 1 / Math.max(place, 1)) * 100).toFixed(5));

// With its unit; `terse` leaves out zeros at the end, as ticks do.
function spell(value, unit, terse) {
  const digits = terse ? number => short(threeDigits(number)) : threeDigits;
  if (unit === "ns" || unit === "bytes") {
    const [number, name] = scaled(value, unit === "ns" ? times : sizes);
    return digits(number) + " " + name;
  }
  if (unit === "quantile") return percentile(value);
  if (unit === "x" || unit === "ratio") return (terse ? short(value.toPrecision(3)) : value > 0.2 && value < 5 ? value.toFixed(3) : threeDigits(value)) + (terse ? "" : " ×");
  if (unit === "%") return terse ? short(value.toFixed(1)) : value.toFixed(1) + " %";
  return digits(value) + (unit && !terse ? " " + unit : "");
}

function evenTicks(low, high, count) {
  const raw = (high - low) / count, size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map(part => part * size).find(step => step >= raw);
  const ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-9; tick += step) ticks.push(Number(tick.toPrecision(12)));
  return ticks;
}

// On a logarithmic axis: even steps over less than a factor of four, then 1-2-5, then powers of ten.
function logTicks(low, high, room) {
  if (high / low < 4) return evenTicks(low, high, Math.min(6, room)).filter(tick => tick > 0);
  const first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high));
  const parts = (last - first) * 3 <= room * 1.5 ? [1, 2, 5] : [1];
  const every = parts.length === 1 ? Math.max(1, Math.ceil((last - first) / room)) : 1;
  const ticks = [];
  for (let power = first; power <= last; power += every) for (const part of parts) ticks.push(part * 10 ** power);
  return ticks.filter(tick => tick >= low / 1.001 && tick <= high * 1.001);
}

const known = values => values.filter(value => typeof value === "number" && Number.isFinite(value));
"""#
}
