/** The style sheet of the status page: two colour schemes, one column on a phone. */

/** Served as `/status.css`, so that the page needs no inline style. */
export const STATUS_STYLE = `
:root { color-scheme: light dark; --paper: #f7f8f9; --ink: #1c2730; --quiet: #5a6872; --card: #fff; --line: #d9dfe3;
  --up: #17703f; --down: #b3261e; --draining: #8a5a00; --unknown: #5a6872; --bar: #17607f; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #10171c; --ink: #e4eaee; --quiet: #9aabb6; --card: #18222a; --line: #2b3943;
    --up: #6fd39d; --down: #ff8a80; --draining: #f2c063; --unknown: #9aabb6; --bar: #7cc4dd; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 64rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.5rem; }
h2 { margin: 2rem 0 .5rem; font-size: 1.125rem; }
.quiet { color: var(--quiet); }
.nodes { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(18rem, 100%), 1fr)); gap: 1rem;
  margin: 1rem 0; padding: 0; list-style: none; }
.nodes > li { padding: 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); }
.nodes h3 { display: flex; justify-content: space-between; gap: 1rem; margin: 0; font-size: 1.0625rem; }
.up { color: var(--up); } .down { color: var(--down); } .draining { color: var(--draining); } .unknown { color: var(--unknown); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .125rem 1rem; margin: .75rem 0 0; }
dt { color: var(--quiet); } dd { margin: 0; text-align: right; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
meter { width: 100%; height: .5rem; }
.changes { padding: 0; list-style: none; }
.changes li { padding: .375rem 0; border-bottom: 1px solid var(--line); }
time { color: var(--quiet); font-variant-numeric: tabular-nums; margin-right: .75rem; }
a { color: var(--bar); }
`;
