"""How the page looks: light or dark as the reader's machine is, on a telephone as on a screen, and on paper."""

STYLE = """
:root{color-scheme:light dark;--bg:#fbfbf9;--card:#fff;--ink:#1c2329;--muted:#5b6670;--line:#d9dde2;--accent:#2260c4;
--base:#b4bdc7;--bad:#bf2f24;--good:#26734a;--warn:#8a5a00;--h0:#eef1f3;--h1:#fbe3b8;--h2:#f5b463;--h3:#e3702d;
--h4:#ab1f1a;--hatch:#c3cad1}
@media (prefers-color-scheme:dark){:root{--bg:#14181c;--card:#1b2026;--ink:#e6eaee;--muted:#9aa6b1;--line:#333c45;
--accent:#6ea8ff;--base:#56616d;--bad:#ff7a6b;--good:#5dc48d;--warn:#e7b04c;--h0:#242b32;--h1:#59431c;--h2:#8f5a1c;
--h3:#d0651f;--h4:#ff5d4d;--hatch:#46515c}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1080px;padding:1.5rem 1rem 4rem;background:var(--bg);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .25rem}h2{font-size:1.12rem;margin:2.25rem 0 .25rem}
h3{font-size:.95rem;margin:0 0 .25rem}
p{margin:.25rem 0 .75rem}.note,figcaption,caption,.sub{color:var(--muted);font-size:.87rem}
.lead{font-size:1.05rem}.verdict{font-weight:650}.drifted{color:var(--bad)}.stable{color:var(--good)}
.unknown{color:var(--warn)}
ul{margin:.25rem 0 .75rem;padding-left:1.2rem}code{font:.92em ui-monospace,Menlo,Consolas,monospace}
.scroll{overflow-x:auto}.scroll:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.wide svg{min-width:660px}svg{display:block;width:100%;height:auto}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--muted)}
svg .name{fill:var(--ink)}svg .end{text-anchor:end}svg .middle{text-anchor:middle}
.grid{stroke:var(--line);stroke-width:1;fill:none}.bar{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:6 4;
fill:none}
.series{stroke:var(--accent);stroke-width:2;fill:none;stroke-linejoin:round;stroke-linecap:round}
.dot{fill:var(--accent)}.then{fill:var(--base)}.now{fill:var(--accent)}.before{stroke:var(--base);stroke-width:2;
fill:none}
.mark{stroke:var(--muted);stroke-width:1;stroke-dasharray:2 3}.badge{fill:var(--card);stroke:var(--muted)}
.mark.drift{stroke:var(--bad)}.badge.drift{stroke:var(--bad)}.mark.training{stroke:var(--accent)}
.badge.training{stroke:var(--accent)}.mark.serving{stroke:var(--good)}.badge.serving{stroke:var(--good)}
svg .count{font-size:10px;fill:var(--ink)}svg text.over{fill:var(--bad)}
.l0{fill:var(--h0)}.l1{fill:var(--h1)}.l2{fill:var(--h2)}.l3{fill:var(--h3)}.l4{fill:var(--h4)}
.v-stable{fill:var(--good)}.v-drifted{fill:var(--bad)}.hatch{stroke:var(--hatch);stroke-width:1.5}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr));gap:.75rem}
.card,figure{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.75rem;margin:0 0 .75rem}
.cards .card{margin:0}.cards svg{max-width:360px}
.keys{display:flex;flex-wrap:wrap;gap:.15rem 1rem;margin:.4rem 0 0;padding:0;list-style:none;
color:var(--muted);font-size:.87rem}.keys svg{display:inline-block;width:14px;height:14px;vertical-align:-2px;
margin-right:.35rem;min-width:0}
table{border-collapse:collapse;font-size:.87rem;width:100%;font-variant-numeric:tabular-nums;overflow-wrap:normal}
caption{text-align:left;padding:.25rem 0}th,td{text-align:left;padding:.2rem .7rem .2rem 0;
border-bottom:1px solid var(--line);vertical-align:top}thead th{color:var(--muted);font-weight:500}
tbody th{font-weight:500}.story td:nth-child(2){white-space:nowrap}
.story td:last-child{min-width:18rem;overflow-wrap:anywhere}
details{margin:.5rem 0 0}summary{cursor:pointer;color:var(--muted);font-size:.87rem}
@media (max-width:600px){.story thead{display:none}.story tr{display:block;padding:.35rem 0;
border-bottom:1px solid var(--line)}.story th,.story td{display:inline;border:0;padding:0 .5rem 0 0}
.story td:last-child{display:block;min-width:0;color:var(--muted)}.newest{direction:rtl}.newest svg{direction:ltr}}
@media print{body{max-width:none}.card,figure{break-inside:avoid}}
"""
