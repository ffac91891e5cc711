/** Phones, tablets and the rest: three classes by User-Agent and client hints, enough to keep their pages apart. */
import { type Fields, fieldValue } from "../http/fields.ts";

/** One of three. */
export type DeviceClass = "mobile" | "tablet" | "desktop";

/** The class of the device that sent a request; who says nothing of it is taken for a desktop. */
export function deviceClass(fields: Fields): DeviceClass {
  if (fieldValue(fields, "sec-ch-ua-mobile") === "?1") return "mobile";
  const agent = fieldValue(fields, "user-agent") ?? "";
  if (/ipad|tablet|android(?!.*mobile)/i.test(agent)) return "tablet";
  return /mobi|iphone|ipod|android/i.test(agent) ? "mobile" : "desktop";
}
