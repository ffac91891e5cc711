/** Draws the globe of the home page: a shaded sphere with its grid and the three places, as a PNG with alpha. */
import { crc32, deflateSync } from "node:zlib";
import { PLACES } from "./places.ts";

const SIDE_PIXELS = 480;
const RADIUS_PIXELS = 232;
const GRID_DEGREES = 15;
/** The point that faces the reader, chosen so that New York and Frankfurt are in sight. */
const CENTRE = { latitude: 32, longitude: -32 };

type Colour = readonly [red: number, green: number, blue: number];
const DEEP: Colour = [21, 61, 92];
const BRIGHT: Colour = [86, 171, 196];
const LINE: Colour = [226, 243, 245];
const MARK: Colour = [255, 138, 76];

interface Mark {
  readonly x: number;
  readonly y: number;
}

/** The PNG, the same bytes each time. */
export function globePng(): Buffer {
  const marks = PLACES.map((place) => project(place.latitude, place.longitude)).filter((mark) => mark !== undefined);
  const rows = Buffer.alloc(SIDE_PIXELS * (SIDE_PIXELS * 4 + 1));
  for (let row = 0; row < SIDE_PIXELS; row += 1) {
    for (let column = 0; column < SIDE_PIXELS; column += 1) {
      const x = (column + 0.5 - SIDE_PIXELS / 2) / RADIUS_PIXELS;
      const y = (SIDE_PIXELS / 2 - row - 0.5) / RADIUS_PIXELS;
      const [red, green, blue, alpha] = pixelAt(x, y, marks);
      const offset = row * (SIDE_PIXELS * 4 + 1) + 1 + column * 4;
      rows.writeUInt32BE(((red << 24) | (green << 16) | (blue << 8) | alpha) >>> 0, offset);
    }
  }
  return encodePng(rows, SIDE_PIXELS, SIDE_PIXELS);
}

function pixelAt(x: number, y: number, marks: readonly Mark[]): [number, number, number, number] {
  const distance = Math.hypot(x, y);
  const edgeAlpha = clamp((1 - distance) * RADIUS_PIXELS);
  if (edgeAlpha === 0) return [0, 0, 0, 0];
  const z = Math.sqrt(Math.max(0, 1 - x * x - y * y));
  const light = clamp(0.25 + 0.85 * (z * 0.75 + y * 0.35 - x * 0.3));
  let colour = mix(DEEP, BRIGHT, light);
  colour = mix(colour, LINE, gridStrength(x, y, z) * (0.18 + 0.3 * light));
  for (const mark of marks) {
    const pixels = Math.hypot(x - mark.x, y - mark.y) * RADIUS_PIXELS;
    colour = mix(colour, MARK, Math.max(clamp(8 - pixels), clamp(2 - Math.abs(pixels - 15)) * 0.8));
  }
  return [Math.round(colour[0]), Math.round(colour[1]), Math.round(colour[2]), Math.round(255 * edgeAlpha)];
}

/** 1 on a line of the grid, 0 away from it, with soft borders. */
function gridStrength(x: number, y: number, z: number): number {
  const tilt = radians(CENTRE.latitude);
  const latitude = Math.asin(Math.max(-1, Math.min(1, y * Math.cos(tilt) + z * Math.sin(tilt))));
  const longitude = Math.atan2(x, z * Math.cos(tilt) - y * Math.sin(tilt)) + radians(CENTRE.longitude);
  const slope = Math.max(0.15, z);
  const parallel = lineDistance(latitude) * RADIUS_PIXELS * slope;
  const meridian = lineDistance(longitude) * Math.cos(latitude) * RADIUS_PIXELS * slope;
  return Math.max(clamp(1.4 - parallel), Math.abs(latitude) < radians(80) ? clamp(1.4 - meridian) : 0);
}

/** The distance, in radians, to the nearest line of the grid. */
function lineDistance(angle: number): number {
  const step = radians(GRID_DEGREES);
  const rest = Math.abs(angle % step);
  return Math.min(rest, step - rest);
}

/** Orthographic projection; undefined on the far side. */
function project(latitude: number, longitude: number): Mark | undefined {
  const tilt = radians(CENTRE.latitude);
  const phi = radians(latitude);
  const lambda = radians(longitude - CENTRE.longitude);
  const facing = Math.sin(tilt) * Math.sin(phi) + Math.cos(tilt) * Math.cos(phi) * Math.cos(lambda);
  if (facing < 0) return undefined;
  return {
    x: Math.cos(phi) * Math.sin(lambda),
    y: Math.cos(tilt) * Math.sin(phi) - Math.sin(tilt) * Math.cos(phi) * Math.cos(lambda),
  };
}

function mix(from: Colour, to: Colour, share: number): Colour {
  const channel = (index: 0 | 1 | 2) => from[index] + (to[index] - from[index]) * share;
  return [channel(0), channel(1), channel(2)];
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}

function clamp(value: number): number {
  return Math.max(0, Math.min(1, value));
}

/** PNG (ISO/IEC 15948): 8 bits a channel, RGBA; `rows` hold a filter byte (none) before each line. */
function encodePng(rows: Buffer, widthPixels: number, heightPixels: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(widthPixels, 0);
  header.writeUInt32BE(heightPixels, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = deflateSync(rows, { level: 9 });
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(typed.length + 8);
  framed.writeUInt32BE(data.length, 0);
  typed.copy(framed, 4);
  framed.writeUInt32BE(crc32(typed), typed.length + 4);
  return framed;
}
