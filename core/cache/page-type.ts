/**
 * Pages under the names of files (web cache deception, FAULTS C11): many servers answer `/account/x.css` with the page
 * `/account`. A rule that keeps stylesheets must not keep that.
 */
import { type Fields, fieldValue } from "../http/fields.ts";

/** Endings of files that are the same for everybody, as owners write them in rules. */
const FILE_ENDINGS: ReadonlySet<string> = new Set(
  (
    "7z apk avi avif bin bmp br bz2 class css csv dmg doc docx ejs eot eps exe flac gif gz ico iso jar jpeg jpg js m4a m4s " +
    "m4v map mid mjs mkv mov mp3 mp4 mpd mpeg ogg opus otf pdf pict png ppt pptx ps rar svg svgz swf tar tgz tif tiff ts " +
    "ttf txt vtt wasm wav webm webp woff woff2 xls xlsx zip zst"
  ).split(" "),
);

const PAGE_TYPE = /^(?:text\/html|application\/(?:xhtml\+xml|json|(?:[a-z0-9.-]+\+)json))\s*(?:;|$)/i;
/** JSON is what these files are. */
const JSON_ENDINGS: ReadonlySet<string> = new Set(["map"]);

/** Whether a response is a page (HTML, JSON of an API) although its target ends like a file that never is one. */
export function isPageNamedLikeFile(target: string, response: Fields): boolean {
  const mark = target.indexOf("?");
  const path = mark === -1 ? target : target.slice(0, mark);
  const ending = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  if (!FILE_ENDINGS.has(ending)) return false;
  const type = fieldValue(response, "content-type");
  if (type === undefined || !PAGE_TYPE.test(type.trim())) return false;
  return !(JSON_ENDINGS.has(ending) && /json/i.test(type));
}
