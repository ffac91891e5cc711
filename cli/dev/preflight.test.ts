/** What is looked at before anything starts, on real sockets. */
import { once } from "node:events";
import { statSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { dirname } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DEV_PLACES, portsOfDev } from "../../control/dev-config.ts";
import { PLACES } from "../../origin/demo/places.ts";
import { placeConfig } from "./config-place.ts";
import { devPrograms } from "./plan.ts";
import { originProblem, portProblem, wantedPorts } from "./preflight.ts";

let server: Server;
let port: number;

beforeEach(async () => {
  server = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  if (server.listening) await new Promise((resolve) => server.close(resolve));
});

test("a taken port is named with what wants it and what to write instead", async () => {
  const problem = await portProblem([{ port, for: "edge fra" }], 8080);
  expect(problem).toBe(
    `port ${port} (edge fra) is taken; stop what uses it, or move this CDN: antipode dev --port 9080`,
  );
});

test("a free port is no problem", async () => {
  await new Promise((resolve) => server.close(resolve));
  expect(await portProblem([{ port, for: "edge fra" }], 8080)).toBeUndefined();
});

test("an origin that answers is fine, one that does not is said", async () => {
  expect(await originProblem(new URL(`http://127.0.0.1:${port}`), [])).toBeUndefined();
  await new Promise((resolve) => server.close(resolve));
  expect(await originProblem(new URL(`http://127.0.0.1:${port}`), [])).toEqual({
    kind: "failure",
    message: `nothing listens at http://127.0.0.1:${port}; start your server first, or check the port`,
  });
});

test("the CDN cannot stand in front of itself, under any of its names", async () => {
  const wanted = wantedPorts(portsOfDev(8080), { edgeIds: ["nyc", "fra", "syd"], demoOrigin: "no" });
  for (const url of ["http://127.0.0.1:8080", "http://localhost:8101", "http://[::1]:8080", "http://0.0.0.0:8081"]) {
    expect(await originProblem(new URL(url), wanted)).toMatchObject({ kind: "usage" });
  }
  expect(wanted.map((want) => want.port)).not.toContain(8090);
});

test("a page is not a server", async () => {
  expect(await originProblem(new URL(`http://127.0.0.1:${port}/shop?x`), [])).toEqual({
    kind: "usage",
    message: `--origin names a server, not a page; write --origin http://127.0.0.1:${port}`,
  });
});

test("the config lies where only this user can read it, and goes away", () => {
  const place = placeConfig({ sites: {} });
  expect(statSync(place.file).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(place.file)).mode & 0o777).toBe(0o700);
  place.remove();
  expect(() => statSync(place.file)).toThrow();
});

test("the demo site and the config speak of the same places", () => {
  expect(PLACES.map((place) => [place.edge, place.name, place.latitude, place.longitude, place.clientAddress])).toEqual(
    DEV_PLACES.map((place) => [place.id, place.place, ...place.at, place.exampleClient]),
  );
});

test("the demo origin runs only when nothing else is the origin; --wan reaches router and edges", () => {
  const options = {
    ports: portsOfDev(8080),
    configFile: "f",
    folder: "d",
    joinTokenFile: "j",
    originUrl: undefined,
    sitesFile: undefined,
    wan: "on",
  } as const;
  const names = devPrograms(options).map((program) => program.name);
  expect(names).toEqual(["router", "nyc", "fra", "syd", "control", "origin"]);
  const withOrigin = devPrograms({ ...options, originUrl: "http://127.0.0.1:3000" });
  expect(withOrigin.map((program) => program.name)).not.toContain("origin");
  const delayed = withOrigin.filter((program) => program.args.includes("--wan")).map((program) => program.name);
  expect(delayed).toEqual(["router", "nyc", "fra", "syd"]);
});
