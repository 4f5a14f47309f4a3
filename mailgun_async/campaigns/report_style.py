"""How a campaign's page looks, by day and by night. Text."""

from __future__ import annotations

from typing import Final

__all__ = ["STYLE"]

_KINDS: Final = (
    "sent", "planned", "intent", "unknown", "parked", "refused", "rejected", "bad", "duplicates", "excluded",
)  # fmt: skip
_PLAIN: Final = """
:root {
  color-scheme: light dark;
  --back: #f7f7f5; --card: #fff; --edge: #e2e2dd; --text: #1d2125; --soft: #646b73;
  --sent: #2e8b57; --planned: #a9b4c2; --intent: #4f86d9; --unknown: #d9981e; --parked: #8a5cb8; --refused: #c2413a;
  --rejected: #dd7a5d; --bad: #7f7f78; --duplicates: #b5b5ad; --excluded: #d3d3cb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #15181b; --card: #1e2226; --edge: #333a40; --text: #e6e8ea; --soft: #9aa3ab;
    --sent: #4cb582; --planned: #5d6a7a; --intent: #6c9fee; --unknown: #e3ad45; --parked: #ac84d6; --refused: #e0675f;
    --rejected: #e8967c; --bad: #95958d; --duplicates: #6d6d67; --excluded: #4e4e4a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 960px; margin: 0 auto; padding: 28px 20px 40px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin: 0 0 12px; }
p { margin: 0 0 10px; }
header > p, footer, .legend, .none, dt, th { color: var(--soft); }
section { background: var(--card); border: 1px solid var(--edge); border-radius: 10px; padding: 16px 18px;
  margin: 14px 0; }
footer { font-size: 13px; margin-top: 20px; }
.state { font-size: 13px; font-weight: 600; vertical-align: 5px; padding: 2px 10px; border-radius: 99px;
  border: 1px solid currentColor; white-space: nowrap; }
.state.ready { color: var(--sent); } .state.paused { color: var(--unknown); }
.state.cancelled { color: var(--refused); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px; margin: 16px 0 0; }
.tiles div { background: var(--card); border: 1px solid var(--edge); border-radius: 10px; padding: 10px 14px; }
dt { font-size: 13px; } dd { margin: 0; font-size: 21px; font-weight: 600; font-variant-numeric: tabular-nums; }
.notice { background: var(--card); border: 1px solid var(--edge); border-left: 4px solid var(--unknown);
  border-radius: 6px; padding: 9px 14px; margin: 14px 0 0; }
.scroll { overflow-x: auto; }
svg { display: block; width: 100%; height: auto; }
svg.share { height: 28px; margin-bottom: 12px; border-radius: 6px; }
svg.progress, svg.troubles { min-width: 620px; }
svg text { font: 12px system-ui, sans-serif; fill: var(--soft); }
svg .value { text-anchor: end; } svg .time { text-anchor: middle; }
.grid, .tick { stroke: var(--edge); } .goal { stroke: var(--soft); stroke-dasharray: 5 4; }
.area { fill: var(--sent); opacity: .16; } .line { fill: none; stroke: var(--sent); stroke-width: 2; }
.refusals { fill: var(--unknown); background: var(--unknown); }
.failures { fill: var(--refused); background: var(--refused); }
.swatch { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 7px; }
.swatch.line, .swatch.goal { width: 20px; height: 0; border-radius: 0; vertical-align: 4px;
  border-top: 2px solid var(--sent); }
.swatch.goal { border-top: 2px dashed var(--soft); }
.legend { font-size: 13px; margin: 8px 0 0; } .legend .swatch:not(:first-child) { margin-left: 18px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 5px 14px 5px 0; border-bottom: 1px solid var(--edge); }
th { font-size: 13px; font-weight: 500; } tr:last-child td { border-bottom: 0; }
td { overflow-wrap: break-word; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.moment { white-space: nowrap; } .id { display: block; overflow-wrap: anywhere; min-width: 16ch; }
td:last-child { min-width: 9ch; }
details { margin-top: 12px; } summary { cursor: pointer; color: var(--soft); font-size: 13px; margin-bottom: 6px; }
"""
_FILLED: Final = "".join(f".{kind} {{ fill: var(--{kind}); background: var(--{kind}); }}\n" for kind in _KINDS)
STYLE: Final = _PLAIN + _FILLED
"""A style sheet."""
