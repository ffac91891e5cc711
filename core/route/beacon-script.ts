/**
 * The script that pages load as `/.antipode/beacon.js`: on a share of page views, after the page has loaded, it asks which
 * edges to time, fetches a few bytes of each three times over (the first warms the connection up), and reports the lower
 * of the other two. It sets nothing, reads nothing of the page, and fails without a trace.
 */

/** The script for a share of page views in percent. */
export function beaconScript(pagePercent: number): string {
  return `(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || !window.fetch || !navigator.sendBeacon || Math.random() * 100 >= ${pagePercent}) return;
  const base = new URL("rtt", script.src);
  const get = (url) => fetch(url, { cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer" });
  const once = async (url) => {
    const address = url + "?" + Math.random().toString(36).slice(2);
    const from = performance.now();
    await (await get(address)).text();
    const took = performance.now() - from;
    const entry = performance.getEntriesByName(address)[0];
    return entry && entry.requestStart > 0 ? entry.responseStart - entry.requestStart : took;
  };
  const time = async (url) => {
    await once(url);
    return Math.min(await once(url), await once(url));
  };
  const run = async () => {
    const { edges } = await (await get(base)).json();
    const report = new URL(base);
    for (const { id, url } of edges) {
      try {
        report.searchParams.set(id, (await time(url)).toFixed(2));
      } catch {}
    }
    if (report.search) navigator.sendBeacon(report);
  };
  const soon = () => setTimeout(() => run().catch(() => {}), 1000);
  if (document.readyState === "complete") soon();
  else addEventListener("load", soon);
})();
`;
}
