// How the page looks: light and dark, on a phone, on paper.

enum PageStyle {
    static let text = #"""
:root {
  color-scheme: light dark;
  --paper: #f6f7f8; --card: #ffffff; --ink: #16202a; --soft: #55626f; --line: #d9dfe5; --accent: #0b5f8a; --wash: #eef2f5;
  --good: #11683f; --good-wash: #e5f4ec; --warn: #7d5200; --warn-wash: #fdf3dd; --bad: #a3202a; --bad-wash: #fdebec;
  --s0: #1769aa; --s1: #c4570c; --s2: #0d7d68; --s3: #7645b5; --s4: #b62d68; --s5: #6c6a16; --muted: #7c8894; --grid: #e6eaee; --band: rgba(23,105,170,.08);
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #10161c; --card: #182028; --ink: #e8edf2; --soft: #a3b0bd; --line: #2e3944; --accent: #7cc4ee; --wash: #202a34;
    --good: #7fd9a8; --good-wash: #14301f; --warn: #f0c674; --warn-wash: #33280f; --bad: #ff9ba1; --bad-wash: #3a181b;
    --s0: #6db8f2; --s1: #f3a462; --s2: #55cbb2; --s3: #bb9af5; --s4: #f288b0; --s5: #d3d06a; --muted: #8593a0; --grid: #28323c; --band: rgba(109,184,242,.12);
  }
}
:root[data-paper] {
  color-scheme: light;
  --paper: #ffffff; --card: #ffffff; --ink: #16202a; --soft: #55626f; --line: #d9dfe5; --accent: #0b5f8a; --wash: #eef2f5;
  --good: #11683f; --good-wash: #e5f4ec; --warn: #7d5200; --warn-wash: #fdf3dd; --bad: #a3202a; --bad-wash: #fdebec;
  --s0: #1769aa; --s1: #c4570c; --s2: #0d7d68; --s3: #7645b5; --s4: #b62d68; --s5: #6c6a16; --muted: #7c8894; --grid: #e6eaee; --band: rgba(23,105,170,.08);
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
.skip { position: absolute; left: -100vw; padding: .6rem 1rem; background: var(--accent); color: var(--card); z-index: 9; }
.skip:focus { left: .5rem; top: .5rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
a { color: var(--accent); }
header.top, nav.contents, main, footer { max-width: 68rem; margin: 0 auto; padding: 0 1.25rem; }
header.top { padding-top: 2rem; }
.brand { margin: 0; color: var(--accent); font-weight: 700; letter-spacing: .14em; text-transform: uppercase; font-size: .8rem; }
h1 { margin: .2rem 0 .8rem; font-size: clamp(1.35rem, 1rem + 2vw, 2.1rem); line-height: 1.2; overflow-wrap: anywhere; letter-spacing: -.01em; }
h2 { margin: 2.8rem 0 .9rem; font-size: 1.4rem; line-height: 1.25; letter-spacing: -.01em; overflow-wrap: anywhere; }
h3 { margin: 0 0 .25rem; font-size: 1.05rem; line-height: 1.3; }
nav.contents { margin-bottom: 1.2rem; font-size: .9rem; }
nav.contents ul { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem .4rem; margin: 0; padding: 0; }
nav.contents a { display: inline-block; padding: .2rem .7rem; border: 1px solid var(--line); border-radius: 999px; text-decoration: none; background: var(--card); }
nav.contents a:hover { border-color: var(--accent); text-decoration: underline; }
nav.contents .part { margin: .7rem 0 .25rem; color: var(--soft); overflow-wrap: anywhere; }
.question { font-size: 1.1rem; margin: 0 0 .2rem; max-width: 60ch; }
.machine { color: var(--soft); margin: 0 0 1rem; font-size: .9rem; overflow-wrap: anywhere; }
.verdict { border: 1px solid; border-left-width: 6px; border-radius: 8px; padding: .75rem 1rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
.verdict p { margin: 0; } .verdict p + p, .verdict ul + p { margin-top: .35rem; }
.verdict .notes { margin: .35rem 0 0; }
.good { border-color: var(--good); background: var(--good-wash); } .good > p:first-child strong { color: var(--good); }
.warn { border-color: var(--warn); background: var(--warn-wash); } .warn > p:first-child strong { color: var(--warn); }
.bad { border-color: var(--bad); background: var(--bad-wash); } .bad > p:first-child strong { color: var(--bad); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(14.5rem, 1fr)); gap: .8rem; margin: 0; }
.cards > div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .8rem 1rem; }
.cards dt { color: var(--soft); font-size: .84rem; overflow-wrap: anywhere; }
.cards dd { margin: 0; } .cards .value { font-size: 1.75rem; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; letter-spacing: -.02em; }
.cards small { font-size: .85rem; font-weight: 500; color: var(--soft); letter-spacing: 0; } .cards .condition { font-size: .84rem; color: var(--soft); overflow-wrap: anywhere; }
figure.chart { margin: 0 0 1rem; padding: 1rem 1.1rem .8rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px; min-width: 0; }
.words { margin: 0 0 .4rem; color: var(--soft); font-size: .88rem; max-width: 85ch; overflow-wrap: anywhere; }
.plot { width: 100%; min-height: 9rem; }
.plot.failed { min-height: 0; }
.tools { display: flex; flex-wrap: wrap; gap: .4rem; align-items: flex-start; margin-top: .3rem; font-size: .86rem; }
.tools details { flex: 1 1 12rem; min-width: 0; } .tools details[open] { flex-basis: 100%; }
summary { cursor: pointer; color: var(--accent); padding: .25rem 0; }
button { font: inherit; font-size: .86rem; color: var(--accent); background: transparent; border: 1px solid var(--line); border-radius: 6px; padding: .2rem .6rem; cursor: pointer; }
button:hover { border-color: var(--accent); }
.folded { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .35rem 1rem; margin: 0 0 .7rem; }
.folded[open] { padding-bottom: .8rem; }
.scroll { overflow-x: auto; max-width: 100%; margin: .3rem 0 .9rem; }
.tools .scroll { max-height: 26rem; overflow: auto; }
section > .scroll { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .7rem 1rem; }
table { border-collapse: collapse; font-size: .86rem; font-variant-numeric: tabular-nums; min-width: min(100%, 24rem); }
caption { text-align: left; color: var(--soft); padding: 0 0 .4rem; font-size: .86rem; }
th, td { padding: .28rem .8rem .28rem 0; border-bottom: 1px solid var(--line); vertical-align: top; text-align: left; max-width: 34rem; overflow-wrap: break-word; }
td + td, th + td, th + th { padding-left: .4rem; }
thead th { color: var(--soft); font-weight: 600; border-bottom-width: 2px; } tbody th { font-weight: 500; }
th.n, td.n { text-align: right; white-space: nowrap; }
.notes { margin: 0 0 1rem; padding-left: 1.2rem; color: var(--soft); font-size: .88rem; overflow-wrap: anywhere; } .note { color: var(--soft); font-size: .92rem; }
.judgement { background: var(--card); border-left: 4px solid var(--accent); padding: .5rem .9rem; margin: .8rem 0; overflow-wrap: anywhere; }
pre { font: .82rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; background: var(--wash); padding: .8rem; border-radius: 8px; }
footer { color: var(--soft); font-size: .86rem; border-top: 1px solid var(--line); margin-top: 3rem; padding-top: 1rem; padding-bottom: 3rem; }
.js-plotly-plot .plotly .modebar { opacity: .85; }
@media (max-width: 40rem) {
  header.top, nav.contents, main, footer { padding-left: .7rem; padding-right: .7rem; }
  figure.chart { padding: .8rem .6rem .6rem; border-radius: 8px; }
  .cards { grid-template-columns: 1fr 1fr; gap: .5rem; } .cards > div { padding: .6rem .7rem; } .cards .value { font-size: 1.35rem; }
  nav.contents ul { flex-wrap: nowrap; overflow-x: auto; padding-bottom: .3rem; } nav.contents li { flex: none; }
  h2 { margin-top: 2rem; }
}
@media (max-width: 21rem) { .cards { grid-template-columns: 1fr; } }
@media print {
  @page { margin: 14mm 12mm; }
  body { font-size: 10.5pt; background: none; }
  nav.contents, .skip, .tools, button, .modebar-container { display: none !important; }
  header.top, main, footer { max-width: none; padding: 0; }
  figure.chart, .cards > div, .verdict { break-inside: avoid; } h2, h3 { break-after: avoid; } .scroll { overflow: visible; }
  .cards { grid-template-columns: repeat(3, 1fr); }
}
"""#
}
