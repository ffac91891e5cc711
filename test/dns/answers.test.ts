/** What the name server says, judged by another implementation of the format. */
import type { Packet } from "dns-packet";
import { describe, expect, test } from "vitest";
import { ZoneBook } from "../../core/dns/zone.ts";
import { zonesOfConfig } from "../../core/dns/zones-of-config.ts";
import { ask, data, opt } from "./name-server.ts";

const DEFAULTS = {
  ...{ nameServers: [], hostmaster: undefined, alpn: undefined },
  ...{ serial: 1, ttlSeconds: 3600, negativeTtlSeconds: 60 },
};

describe("names of sites", () => {
  test.each(["www.shop.test", "deep.in.img.shop.test", "shop.cdn.test"])("%s has the addresses of edges", (name) => {
    const { packet } = ask(name, "A");
    expect(packet).toMatchObject({ rcode: "NOERROR", flag_aa: true, id: 77 });
    expect(data(packet)).toEqual([`${name} A 192.0.2.1`, `${name} A 192.0.2.2`]);
  });

  test("the place of the asker decides, and that of its client more", () => {
    expect(data(ask("www.shop.test", "A", { from: "198.18.0.1" }).packet)[0]).toBe("www.shop.test A 192.0.2.2");
    const additionals = opt([
      { code: "CLIENT_SUBNET", family: 1, sourcePrefixLength: 24, scopePrefixLength: 0, ip: "10.1.2.0" },
    ]);
    const { packet } = ask("www.shop.test", "A", { from: "198.18.0.1", additionals });
    expect(data(packet)[0]).toBe("www.shop.test A 192.0.2.1");
    expect(packet?.additionals?.[0]).toMatchObject({
      options: [{ code: 8, sourcePrefixLength: 24, scopePrefixLength: 24, ip: "10.1.2.0" }],
    });
  });

  test("what is the same for everybody has a scope of 0, and so has an asker that wants no place to count", () => {
    const of = (sourcePrefixLength: number, ip: string) =>
      opt([{ code: "CLIENT_SUBNET", family: 1, sourcePrefixLength, scopePrefixLength: 0, ip }]);
    const scope = (name: string, type: string, additionals: Packet["additionals"]) =>
      ask(name, type, { additionals }).packet?.additionals?.[0];
    expect(scope("cdn.test", "TXT", of(24, "10.1.2.0"))).toMatchObject({ options: [{ scopePrefixLength: 0 }] });
    expect(scope("www.shop.test", "A", of(0, "0.0.0.0"))).toMatchObject({ options: [{ scopePrefixLength: 0 }] });
  });

  test("the case of letters comes back as it was sent", () => {
    const { packet } = ask("WwW.sHoP.tEsT", "A");
    expect(packet?.questions?.[0]?.name).toBe("WwW.sHoP.tEsT");
    expect(packet?.answers?.[0]?.name).toBe("WwW.sHoP.tEsT");
  });

  test("a family that no edge has is an empty answer with the SOA, not an unknown name", () => {
    const { packet, outcome } = ask("www.shop.test", "AAAA");
    expect(packet?.rcode).toBe("NOERROR");
    expect(data(packet)).toEqual([]);
    expect(packet?.authorities?.[0]).toMatchObject({
      type: "SOA",
      ttl: 60,
      data: { mname: "ns1.cdn.test", minimum: 60, serial: 7 },
    });
    expect(outcome.result).toBe("nodata");
  });

  test("HTTPS is answered where the zone says which protocols there are, and nowhere else", () => {
    const { outcome } = ask("shop.cdn.test", "UNKNOWN_65");
    const text = Buffer.from(outcome.reply ?? []).toString("latin1");
    expect(text).toContain("\x00\x01\x00\x00\x01\x00\x03\x02h2\x00\x04\x00\x08\xc0\x00\x02\x01\xc0\x00\x02\x02");
    expect(ask("shop.cdn.test", "UNKNOWN_65").packet?.answers?.[0]).toMatchObject({ ttl: 20 });
    expect(ask("www.shop.test", "UNKNOWN_65").outcome.result).toBe("nodata");
  });
});

describe("zones", () => {
  test("the SOA names the first server and the mailbox, a dot in it escaped", () => {
    const { outcome, packet } = ask("cdn.test", "SOA");
    expect(packet?.answers?.[0]).toMatchObject({ type: "SOA", data: { mname: "ns1.cdn.test" } });
    expect(Buffer.from(outcome.reply ?? []).toString("latin1")).toContain("\x08ops.team\x03cdn\x04test\x00");
  });

  test("NS records come with the addresses that stand in the zone", () => {
    const { packet } = ask("cdn.test", "NS");
    expect(data(packet)).toEqual(["cdn.test NS ns1.cdn.test", "cdn.test NS ns2.cdn.test"]);
    expect(data(packet, "additionals")).toEqual(["ns1.cdn.test A 192.0.2.53"]);
  });

  test.each([
    ["nope.cdn.test", "NXDOMAIN"],
    ["www.nope.shop.cdn.test", "NXDOMAIN"],
    ["b.cdn.test", "NOERROR"],
    ["shop.test", "REFUSED"],
    ["localhost", "REFUSED"],
    ["example.com", "REFUSED"],
    [".", "REFUSED"],
  ])("%s is answered %s", (name, rcode) => {
    const { packet } = ask(name, "A");
    expect(packet?.rcode).toBe(rcode);
    if (rcode !== "REFUSED") expect(packet?.authorities?.[0]?.type).toBe("SOA");
  });

  // A resolver that asks label by label (RFC 9156) stops at a name that is said not to exist (RFC 8020).
  test("a name between a host and its zone exists, though nothing stands at it", () => {
    const hosts = ["www.eu.cdn.test", "*.img.cdn.test"];
    const zones = zonesOfConfig({ zones: { "cdn.test": {} } });
    const found = hosts.map((host) => new ZoneBook(zones, [{ name: "shop", hosts: [host] }], DEFAULTS));
    expect(found[0]?.find("eu.cdn.test")).toMatchObject({ exists: true, records: [], routedHost: undefined });
    expect(found[1]?.find("img.cdn.test")).toMatchObject({ exists: true, records: [], routedHost: undefined });
    expect(found[0]?.find("us.cdn.test")?.exists).toBe(false);
    expect(found[0]?.find("x.eu.cdn.test")?.exists).toBe(false);
  });

  test("an alias is followed inside of our zones, not outside, and not for ever", () => {
    expect(data(ask("alias.cdn.test", "A").packet)).toEqual([
      "alias.cdn.test CNAME shop.cdn.test",
      "shop.cdn.test A 192.0.2.1",
      "shop.cdn.test A 192.0.2.2",
    ]);
    expect(data(ask("alias.cdn.test", "CNAME").packet)).toEqual(["alias.cdn.test CNAME shop.cdn.test"]);
    expect(data(ask("away.cdn.test", "A").packet)).toEqual(["away.cdn.test CNAME elsewhere.example"]);
    expect(ask("round.cdn.test", "A").packet?.rcode).toBe("NOERROR");
  });

  test("what is delegated further is referred there, without authority", () => {
    const { packet } = ask("www.child.cdn.test", "A");
    expect(packet).toMatchObject({ rcode: "NOERROR", flag_aa: false });
    expect(data(packet, "authorities")).toEqual(["child.cdn.test NS ns.child.cdn.test"]);
    expect(data(packet, "additionals")).toEqual(["ns.child.cdn.test A 192.0.2.77"]);
  });

  test("ANY says nothing at length (RFC 8482), transfers are refused", () => {
    expect(ask("cdn.test", "ANY").packet?.answers).toMatchObject([{ type: "HINFO", data: { cpu: "RFC8482", os: "" } }]);
    expect(ask("cdn.test", "AXFR", { transport: "tcp" }).packet?.rcode).toBe("REFUSED");
    expect(ask("cdn.test", "IXFR").packet?.rcode).toBe("REFUSED");
  });
});

describe("sizes", () => {
  test.each([
    ["without EDNS", undefined, 512],
    ["that says 100 bytes", opt([], 100), 512],
    ["that says 65,535 bytes", opt([], 65_535), 1232],
  ])("an asker %s gets no more than fits, and is told to come over TCP", (_, additionals, maxBytes) => {
    const { outcome, packet } = ask("big.cdn.test", "TXT", { additionals });
    expect(outcome.reply?.length).toBeLessThanOrEqual(maxBytes);
    expect(packet).toMatchObject({ flag_tc: true, answers: [] });
    expect(outcome.result).toBe("truncated");
  });

  test("over TCP it gets all", () => {
    const { packet } = ask("big.cdn.test", "TXT", { transport: "tcp" });
    expect(packet?.flag_tc).toBe(false);
    expect(packet?.answers).toHaveLength(60);
  });
});
