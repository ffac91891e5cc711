/** Files of nets: what they say, and what is wrong with them. */
import { describe, expect, it } from "vitest";
import { readNets } from "./nets.ts";

const EDGES = new Set(["fra", "nyc"]);

describe("a file of nets", () => {
  it("takes places, lists of edges and geofeeds, and the longest prefix holds", () => {
    const text = [
      "# ours",
      "192.0.2.0/24,DE,DE-HE,Frankfurt,60311",
      "192.0.2.128/25,50.1,8.7,de",
      "192.0.2.200, edges:nyc fra",
      "2001:db8::/32,,,,",
    ].join("\r\n");
    const { nets, problems } = readNets(text, EDGES);
    expect(problems).toEqual([]);
    expect(nets.size).toBe(4);
    expect(nets.find("192.0.2.5")).toEqual({
      kind: "feed",
      country: "DE",
      region: "DE-HE",
      city: "Frankfurt",
    });
    expect(nets.find("192.0.2.130")).toEqual({
      kind: "place",
      at: [50.1, 8.7],
      country: "DE",
    });
    expect(nets.find("192.0.2.200")).toEqual({
      kind: "edges",
      edges: ["nyc", "fra"],
    });
    expect(nets.find("2001:db8:7::1")).toEqual({
      kind: "feed",
      country: "",
      region: "",
      city: "",
    });
    expect(nets.find("198.51.100.1")).toBeUndefined();
    expect(nets.find("no address")).toBeUndefined();
  });

  it("with mistakes is told all of them by line, and keeps what is good", () => {
    const lines = [
      "192.0.2.0/24,DE,,,",
      "192.0.2.0/33,DE,,,",
      "192.0.2.1/24,DE,,,",
      "192.0.2.0/24,FR,,,",
      "198.51.100.0/24,Germany,,,",
      "198.51.100.0/24,DE,US-NY,,",
      "198.51.100.0/24,91,8",
      "198.51.100.0/24,edges:fra lon",
      "198.51.100.0/24,edges:",
    ];
    const { nets, problems } = readNets(lines.join("\n"), EDGES);
    expect(nets.size).toBe(1);
    expect(problems.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(problems[1]?.message).toContain("write 192.0.2.0/24");
    expect(problems[6]?.message).toBe("no edge is called lon");
  });
});
