/** Two themes by the reader's own choice; nothing is loaded. */
export const REPORT_STYLE = `
:root{--ground:#f4f6f9;--panel:#fff;--edge:#d5dce6;--line:#e8ecf2;--text:#18202c;--muted:#566274;--main:#1f5fd0;--second:#a15c00;--good:#0a7a52;--bad:#b3101f;--amber:#7d4f00}
@media (prefers-color-scheme:dark){:root{--ground:#080b10;--panel:#0f141b;--edge:#222c39;--line:#1c2430;--text:#dbe1ea;--muted:#97a3b5;--main:#6ea8ff;--second:#f0b04a;--good:#31c48d;--bad:#ff6b78;--amber:#f2b33d}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:15px/1.55 Inter,"Segoe UI",Roboto,"Noto Sans",system-ui,sans-serif}
main{max-width:1180px;margin:0 auto;padding:28px 24px 64px}
header p{color:var(--muted);margin:4px 0 20px;overflow-wrap:anywhere}
h1{font-size:26px;line-height:1.2;margin:0;letter-spacing:-.01em}
h2{font-size:19px;margin:44px 0 12px;padding-top:18px;border-top:1px solid var(--edge);overflow-wrap:anywhere}
h3{font-size:15px;margin:26px 0 8px}
p,ul{max-width:82ch;margin:8px 0}
li{margin:3px 0;overflow-wrap:anywhere}
ul{padding-left:20px}
.verdict{background:var(--panel);border:1px solid var(--edge);border-left:4px solid var(--muted);border-radius:6px;padding:12px 16px;margin:10px 0}
.verdict h3{margin:0;overflow-wrap:anywhere}.verdict p{margin:4px 0 0}
.verdict.positive{border-left-color:var(--good)}.verdict.costsMore,.verdict.invalid{border-left-color:var(--bad)}
.verdict.notActionable,.verdict.inconclusive,.verdict.notBetterThanRandom,.verdict.notBetterThanParts,.verdict.notAfterSearch{border-left-color:var(--amber)}
.tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:10px;margin:14px 0}
.tiles div{background:var(--panel);border:1px solid var(--edge);border-radius:6px;padding:10px 14px}
dt{color:var(--muted);font-size:13px}
dd{margin:2px 0 0;font-size:21px;font-variant-numeric:tabular-nums;letter-spacing:-.01em}
dd small{display:block;font-size:13px;color:var(--muted);letter-spacing:0}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(440px,100%),1fr));gap:14px;margin:14px 0}
figure{margin:0;background:var(--panel);border:1px solid var(--edge);border-radius:6px;padding:12px 14px;min-width:0}
figcaption{font-size:14px}
.unit,.caption,.empty{color:var(--muted);font-size:13px}.caption{margin:4px 0 0}.empty{padding:48px 0;text-align:center;margin:0 auto}
.key{margin-left:12px;font-size:13px;white-space:nowrap}
.key::before{content:"";display:inline-block;width:10px;height:10px;border-radius:50%;margin-right:5px;background:var(--main)}
.key.second::before{background:var(--second)}
svg{display:block;width:100%;height:auto;margin-top:6px}
svg text{fill:var(--muted);font-size:12.5px;font-variant-numeric:tabular-nums}
.middle{text-anchor:middle}.end{text-anchor:end}
.grid{stroke:var(--line)}.zero{stroke:var(--muted);stroke-width:1.2}
.line{fill:none;stroke:var(--main);stroke-width:2;stroke-linejoin:round}.line.second{stroke:var(--second)}
.band{fill:var(--main);opacity:.16}.band.second{fill:var(--second)}
.dot{fill:var(--main)}.dot.second{fill:var(--second)}
.whisker{stroke:var(--main);stroke-width:2;opacity:.65}.whisker.second{stroke:var(--second)}
.table{overflow-x:auto;background:var(--panel);border:1px solid var(--edge);border-radius:6px;margin:10px 0}
.table:focus-visible{outline:2px solid var(--main);outline-offset:1px}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{padding:7px 12px;text-align:left;white-space:nowrap;border-bottom:1px solid var(--line)}
tbody tr:last-child td{border-bottom:0}
th{color:var(--muted);font-weight:600;font-size:13px}
.figure{text-align:right;font-variant-numeric:tabular-nums}
@media (max-width:900px){.tiles{grid-template-columns:1fr 1fr}}
@media (max-width:600px){main{padding:18px 12px 48px}h1{font-size:22px}th,td{padding:6px 9px}dd{font-size:18px}.tiles div{padding:8px 10px}}
@media print{body{background:none}figure,.table,.verdict{break-inside:avoid}}
`
