/** What the platform's local cache costs without us: the same as the counting Worker, but only the two reads of a hit. */

const FIRST = "https://bare.test/first";
const SECOND = "https://bare.test/second";

export default {
  async fetch(request: Request): Promise<Response> {
    const times = Number(new URL(request.url).searchParams.get("times") ?? 1);
    const keep = { headers: { "cache-control": "max-age=3600" } };
    await caches.default.put(FIRST, new Response("x".repeat(600), keep));
    await caches.default.put(SECOND, new Response("x".repeat(1024), keep));
    for (let time = 0; time < times; time += 1) {
      for (const name of [FIRST, SECOND]) await (await caches.default.match(name))?.arrayBuffer();
    }
    return new Response(null, { headers: { "x-subrequests": `${2 * times}`, "x-status": "hit" } });
  },
} satisfies ExportedHandler;
