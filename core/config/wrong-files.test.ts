/** What a config file as a whole, its edges and its settings can have wrong, with the exact words for it. */
import { A_SITE, describeWrong, type WrongConfig } from "../../test/config/wrong-config.ts";

const WRONG: readonly WrongConfig[] = [
  { wrong: "undefined", config: undefined, says: [": expected a config, found undefined"] },
  { wrong: "list", config: [], says: [": expected a config, found a list"] },
  { wrong: "text", config: "sites", says: [': expected a config, found "sites"'] },
  {
    wrong: "no sites",
    config: {},
    says: [
      ': a config must have "sites" [for example sites: { shop: { hosts: ["www.example.com"], origins: [{ url: "https://origin.example.com" }] } }]',
    ],
  },
  {
    wrong: "misspelt sites",
    config: { site: {} },
    says: [': a config must have "sites"', 'site: "site" is not a key of a config [did you mean sites?]'],
  },
  { wrong: "sites list", config: { sites: [] }, says: ["sites: expected an object, found a list"] },
  {
    wrong: "unknown key",
    config: { sites: {}, servers: {} },
    says: [
      'servers: "servers" is not a key of a config [the keys are $schema, sites, edges, routing, dns, settings, dev]',
    ],
  },
  {
    wrong: "records of a zone",
    config: {
      sites: {},
      dns: {
        hostmaster: "nobody",
        zones: {
          "Cdn.example": {},
          "cdn.example": {
            records: [
              { name: "www.", type: "A", data: "192.0.2.1" },
              { name: "a", type: "SOA", data: "x" },
              { name: "b", type: "A", data: "2001:db8::1" },
              { name: "c", type: "CNAME", data: "www.example.com" },
              { name: "c", type: "TXT", data: "x" },
              { name: "@", type: "CNAME", data: "www.example.com" },
            ],
          },
        },
      },
    },
    says: [
      'dns.hostmaster: expected a mail address such as hostmaster@example.com, found "nobody"',
      'dns.zones["Cdn.example"]: expected a domain name such as cdn.example.com in lower case, found "Cdn.example"',
      'dns.zones["cdn.example"].records[0].name: expected "@" for the zone itself or a name below it such as ns1, found "www."',
      'dns.zones["cdn.example"].records[1].type: SOA records are not written by hand',
      'dns.zones["cdn.example"].records[2].data: the content of A is an IPv4 address',
    ],
  },
  {
    wrong: "aliases of a zone",
    config: {
      sites: {},
      dns: {
        zones: {
          "cdn.example": {
            records: [
              { name: "c", type: "CNAME", data: "www.example.com" },
              { name: "c", type: "TXT", data: "x" },
              { name: "@", type: "CNAME", data: "www.example.com" },
            ],
          },
        },
      },
    },
    says: [
      'dns.zones["cdn.example"].records[0]: "c" is an alias and has other records, too; an alias has nothing else',
      'dns.zones["cdn.example"].records[2]: the zone itself cannot be an alias; its addresses are those of the site of that name, or A and AAAA records',
    ],
  },
  {
    wrong: "site name",
    config: { sites: { "My Shop": A_SITE } },
    says: [
      'sites["My Shop"]: "My Shop" is no good name; it has lower-case letters, digits and inner hyphens [for example "my-shop"]',
    ],
  },
  { wrong: "site not object", config: { sites: { a: null } }, says: ["sites.a: expected a site, found null"] },
  {
    wrong: "two sites one host",
    config: { sites: { a: A_SITE, b: { ...A_SITE, hosts: ["A.example."] } } },
    says: ['sites.b.hosts[0]: "A.example." stands at sites.a.hosts[0] already; a host belongs to one site, once'],
  },
  {
    wrong: "two stars",
    config: { sites: { a: { ...A_SITE, hosts: ["*"] }, b: { ...A_SITE, hosts: ["*"] } } },
    says: ['sites.b.hosts[0]: "*" stands at sites.a.hosts[0] already; a host belongs to one site, once'],
  },
  {
    wrong: "setting name",
    config: { sites: {}, settings: { varyFieldMax: 3 } },
    says: ["settings.varyFieldMax: no setting has this name [did you mean varyFieldsMax?]"],
  },
  {
    wrong: "setting below",
    config: { sites: {}, settings: { varyFieldsMax: 0 } },
    says: ["settings.varyFieldsMax: expected a whole number of fields from 1 to 16, found 0"],
  },
  {
    wrong: "setting text",
    config: { sites: {}, settings: { varyFieldsMax: "4" } },
    says: ['settings.varyFieldsMax: expected a whole number of fields from 1 to 16, found "4"'],
  },
  {
    wrong: "setting fraction",
    config: { sites: {}, settings: { varyFieldsMax: 1.5 } },
    says: ["settings.varyFieldsMax: expected a whole number of fields from 1 to 16, found 1.5"],
  },
  {
    wrong: "setting relation",
    config: { sites: {}, settings: { headersTimeoutMs: 60000 } },
    says: ["settings.headersTimeoutMs: 60000 is above requestTimeoutMs, which is 30000"],
  },
  {
    wrong: "settings list",
    config: { sites: {}, settings: [1] },
    says: ["settings: expected an object of settings, found a list"],
  },
  {
    wrong: "edge at",
    config: { sites: {}, edges: { fra: { at: [91, 200] } } },
    says: [
      "edges.fra.at[0]: expected a number of degrees from -90 to 90, found 91",
      "edges.fra.at[1]: expected a number of degrees from -180 to 180, found 200",
    ],
  },
  {
    wrong: "edge at three",
    config: { sites: {}, edges: { fra: { at: [1, 2, 3] } } },
    says: ["edges.fra.at: expected [latitude, longitude], found a list"],
  },
  {
    wrong: "edge address",
    config: { sites: {}, edges: { fra: { addresses: ["10.1"] } } },
    says: ['edges.fra.addresses[0]: expected an IP address such as 192.0.2.1 or 2001:db8::1, found "10.1"'],
  },
  {
    wrong: "edge region",
    config: { sites: {}, edges: { fra: { region: "EU West" } } },
    says: [
      'edges.fra.region: "EU West" is no good name; it has lower-case letters, digits and inner hyphens [for example "eu-west"]',
    ],
  },
  {
    wrong: "edge name URL",
    config: { sites: {}, edges: { fra: { name: "https://fra.example" } } },
    says: ['edges.fra.name: expected a host name such as www.example.com, found "https://fra.example"'],
  },
  {
    wrong: "capacity",
    config: { sites: {}, edges: { fra: { capacity: 0 } } },
    says: ["edges.fra.capacity: expected a whole number of requests per second from 1 to 10000000, found 0"],
  },
  {
    wrong: "edge cost and quota",
    config: { sites: {}, edges: { fra: { costMs: -1, transferQuotaGb: 0 } } },
    says: [
      "edges.fra.costMs: expected a whole number of milliseconds from 0 to 1000, found -1",
      "edges.fra.transferQuotaGb: expected a whole number of gigabytes from 1 to 10000000, found 0",
    ],
  },
  {
    wrong: "edge listen",
    config: { sites: {}, edges: { fra: { listen: "127.0.0.1:80" } } },
    says: [
      'edges.fra.listen: expected a URL such as https://origin.example.com, found "127.0.0.1:80" [write https://127.0.0.1:80 or http://127.0.0.1:80]',
    ],
  },
  {
    wrong: "routing key",
    config: { sites: {}, routing: { fallback: ["fra"] } },
    says: ['routing.fallback: "fallback" is not a key of routing settings [did you mean fallbackOrder?]'],
  },
  { wrong: "$schema", config: { sites: {}, $schema: 1 }, says: ["$schema: expected a text, found 1"] },
];

describeWrong("a config file as a whole", WRONG);
