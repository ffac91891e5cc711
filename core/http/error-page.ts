/** Error pages of our own: static, reflecting nothing of the request, never cached (FAULTS C27). */
import type { FieldLine, Fields } from "./fields.ts";

/** What a person who sees the page reads. */
const TEXTS: Readonly<Record<number, readonly [title: string, advice: string]>> = {
  400: ["Bad request", "The request could not be understood."],
  404: ["Not found", "There is nothing here."],
  405: ["Method not allowed", "This method is not served here."],
  421: ["No such site here", "This host name is not configured on this server."],
  429: ["Too many requests", "Please wait a moment and try again."],
  431: ["Header too long", "The cookies of this site are too long. Removing them may help."],
  500: ["Something went wrong", "The error has been noted. Please try again in a moment."],
  502: [
    "The origin cannot be reached",
    "The server behind this site could not be reached. Please try again in a moment.",
  ],
  503: ["Busy", "Please try again in a moment."],
  504: ["The origin does not answer", "The server behind this site took too long. Please try again in a moment."],
  508: ["Request loop", "The request came back to a server that had already forwarded it."],
};

/** A page and its fields. */
export interface ErrorPage {
  readonly fields: Fields;
  readonly text: string;
}

/** The page of a status, `no-store`. */
export function errorPage(status: number): ErrorPage {
  const [title, advice] = TEXTS[status] ?? ["Error", ""];
  const text = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${status} ${title}</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:20vh auto;padding:0 1rem}</style>
<h1>${status} ${title}</h1><p>${advice}</p></html>
`;
  const fields: FieldLine[] = [
    ["content-type", "text/html; charset=utf-8"],
    ["content-length", `${text.length}`],
    ["cache-control", "no-store"],
    ["content-security-policy", "default-src 'none'; style-src 'unsafe-inline'"],
  ];
  return { fields, text };
}
