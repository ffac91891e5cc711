/** Reads from the config which nodes there are and where to ask them how they are. Tolerant: it shows, it does not judge. */

/** A node as the config names it. */
export interface WatchedNode {
  readonly id: string;
  readonly role: "router" | "edge";
  /** The name of the place, or its region. */
  readonly place: string | undefined;
  readonly at: readonly [latitude: number, longitude: number] | undefined;
  /** Its public address. */
  readonly address: string | undefined;
  /** The base URL of its admin listener; without it nobody can be asked. */
  readonly adminUrl: string | undefined;
}

/** More edges than these are not shown. */
const NODES_MAX = 500;

/** The router first, then the edges in the order of the file. */
export function watchedNodes(config: unknown): WatchedNode[] {
  const dev = memberOf(config, "dev");
  const router = memberOf(dev, "router");
  const edges = memberOf(config, "edges");
  const routers: WatchedNode[] = isObject(router)
    ? [
        {
          id: "router",
          role: "router",
          place: undefined,
          at: undefined,
          address: textOf(router, "listen"),
          adminUrl: textOf(router, "admin"),
        },
      ]
    : [];
  const names = isObject(edges) ? Object.keys(edges).slice(0, NODES_MAX) : [];
  return [...routers, ...names.map((id) => watchedEdge(id, memberOf(edges, id), memberOf(memberOf(dev, "edges"), id)))];
}

function watchedEdge(id: string, edge: unknown, dev: unknown): WatchedNode {
  return {
    id,
    role: "edge",
    place: textOf(dev, "place") ?? textOf(edge, "region"),
    at: coordinatesOf(memberOf(edge, "at")),
    address: textOf(edge, "listen") ?? textOf(edge, "name"),
    adminUrl: textOf(dev, "admin"),
  };
}

function coordinatesOf(value: unknown): readonly [number, number] | undefined {
  if (!Array.isArray(value)) return undefined;
  const [latitude, longitude]: unknown[] = value;
  return typeof latitude === "number" && typeof longitude === "number" ? [latitude, longitude] : undefined;
}

/** Whether a value has members. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A member of an object, or undefined when there is none or it is no object. */
export function memberOf(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** A member that is a text. */
export function textOf(value: unknown, key: string): string | undefined {
  const member = memberOf(value, key);
  return typeof member === "string" ? member : undefined;
}

/** A member that is a finite number. */
export function numberOf(value: unknown, key: string): number | undefined {
  const member = memberOf(value, key);
  return typeof member === "number" && Number.isFinite(member) ? member : undefined;
}
