/** The page's style sheet: one column, tables that scroll on their own, light and dark by the reader's setting. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #fbfbf9; --card: #ffffff; --ink: #1d232b; --soft: #5b6672; --line: #dfe3e6; --accent: #0b6e75;
  --series-0: #0b7f87; --series-1: #d9822b; --series-2: #6f6bb5; --series-3: #7b8791; --series-4: #b5487c; --series-5: #5d8f3a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14181c; --card: #1b2026; --ink: #e6eaed; --soft: #9aa6b1; --line: #2d353d; --accent: #58c4c9;
    --series-0: #45b5bb; --series-1: #eca25a; --series-2: #a19de0; --series-3: #8d99a4; --series-4: #df82ad; --series-5: #93c46c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 1020px; margin: 0 auto; padding: 48px 24px 72px; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 52px 0 14px; padding-top: 18px; border-top: 1px solid var(--line); }
h3 { font-size: 0.95rem; margin: 26px 0 8px; }
p { margin: 0 0 12px; max-width: 68ch; }
.lead, figcaption, .soft { color: var(--soft); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 14px; margin: 28px 0 0; padding: 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; }
.tile dt { color: var(--soft); font-size: 0.85rem; }
.tile dd { margin: 2px 0 0; font-size: 1.55rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.tile dd + dd { font-size: 0.85rem; font-weight: 400; color: var(--soft); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(320px, 100%), 1fr)); gap: 18px; margin-bottom: 22px; align-items: start; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px; }
figure svg { display: block; width: 100%; height: auto; color: var(--ink); overflow: visible; }
figcaption { font-size: 0.88rem; margin-top: 8px; }
.legend { display: flex; flex-wrap: wrap; gap: 6px 20px; margin: 0 0 12px; padding: 0; list-style: none; font-size: 0.92rem; }
.swatch { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 7px; vertical-align: -1px; }
.scroll { overflow-x: auto; margin-bottom: 18px; }
table { border-collapse: collapse; width: 100%; font-size: 0.92rem; }
th, td { text-align: left; padding: 7px 14px 7px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; }
thead th { color: var(--soft); font-size: 0.84rem; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td small { display: block; color: var(--soft); font-size: 0.8rem; }
tr.group th { padding-top: 18px; color: var(--accent); border-bottom-color: var(--accent); }
.facts th { width: 14rem; font-weight: 400; color: var(--soft); }
.facts td { overflow-wrap: anywhere; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; overflow-x: auto; }
code { font: 0.88em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
@media (max-width: 560px) { main { padding: 28px 16px 48px; } .facts th { width: 8rem; } }
@media print { body { background: none; } figure, .tile { break-inside: avoid; } }
`;
