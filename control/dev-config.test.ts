/** The config of `antipode dev`, and its ports. */
import { describe, expect, test } from "vitest";
import { DEV_PLACES, devConfig, portsOfDev } from "./dev-config.ts";
import { DEV_PORT_STEP, HIGHEST_DEV_PORT } from "./dev-ports.ts";

const flat = (base: number): number[] => {
  const { router, control, demoOrigin, edges, edgeAdmins, routerAdmin } = portsOfDev(base);
  return [router, control, demoOrigin, ...edges, ...edgeAdmins, routerAdmin];
};

describe("ports", () => {
  test("8080 gives the ports of the contract", () => {
    expect(portsOfDev(8080)).toEqual({
      router: 8080,
      control: 8081,
      demoOrigin: 8090,
      edges: [8101, 8102, 8103],
      edgeAdmins: [8201, 8202, 8203],
      routerAdmin: 8280,
    });
  });

  test("blocks one step apart share no port, and none meets itself", () => {
    const both = [...flat(8080), ...flat(8080 + DEV_PORT_STEP)];
    expect(new Set(both).size).toBe(both.length);
  });

  test("the highest base still fits", () => {
    expect(Math.max(...flat(HIGHEST_DEV_PORT))).toBe(65_535);
  });
});

describe("config", () => {
  const ports = portsOfDev(8080);

  test("three edges at their places, reachable by the router and by control", () => {
    const { edges, dev } = devConfig({ ports, originUrl: undefined, sites: undefined });
    expect(edges).toEqual({
      nyc: { at: [40.71, -74.01], region: "us-east", listen: "http://127.0.0.1:8101" },
      fra: { at: [50.11, 8.68], region: "eu-central", listen: "http://127.0.0.1:8102" },
      syd: { at: [-33.87, 151.21], region: "ap-southeast", listen: "http://127.0.0.1:8103" },
    });
    expect(dev.edges.syd).toEqual({ place: "Sydney", admin: "http://127.0.0.1:8203" });
    expect(dev.router).toEqual({ listen: "http://127.0.0.1:8080", admin: "http://127.0.0.1:8280" });
    expect(devConfig({ ports, originUrl: undefined, sites: undefined }).routing.fallbackOrder).toEqual([
      "nyc",
      "fra",
      "syd",
    ]);
    expect(dev.originAt).toEqual(DEV_PLACES[0]?.at);
  });

  test("the demo origin is behind the names of this machine and no others", () => {
    const { sites } = devConfig({ ports, originUrl: undefined, sites: undefined });
    expect(sites).toEqual({
      demo: {
        hosts: ["localhost", "*.localhost", "127.0.0.1", "[::1]"],
        origins: [{ url: "http://127.0.0.1:8090" }],
        origin: { allowPrivate: true },
      },
    });
  });

  test("with an origin of the user's, or sites of the user's, those and nothing else are served", () => {
    const { sites } = devConfig({ ports, originUrl: "https://www.example.com", sites: undefined });
    expect(sites.demo).toMatchObject({ origins: [{ url: "https://www.example.com" }] });
    const own = { shop: { hosts: ["shop.example"], origins: [{ url: "http://10.0.0.1" }] } };
    expect(devConfig({ ports, originUrl: undefined, sites: own }).sites).toEqual(own);
  });
});
