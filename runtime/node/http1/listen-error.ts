/** Why a listener could not start, said so that a person knows what to do. */

/** Its message is one line for the terminal. */
export class ListenError extends Error {
  /** EADDRINUSE, EACCES, EADDRNOTAVAIL, ENOTFOUND, … */
  readonly code: string;

  constructor(where: { readonly host: string; readonly port: number }, cause: NodeJS.ErrnoException) {
    super(explain(where, cause), { cause });
    this.name = "ListenError";
    this.code = cause.code ?? "";
  }
}

function explain(where: { readonly host: string; readonly port: number }, cause: NodeJS.ErrnoException): string {
  const place = `${where.host.includes(":") ? `[${where.host}]` : where.host}:${where.port}`;
  switch (cause.code) {
    case "EADDRINUSE":
      return `${place} is taken by another program; stop it or choose another port`;
    case "EACCES":
    case "EPERM":
      return `no permission to listen on ${place}; ports below 1024 need privileges, choose a higher one`;
    case "EADDRNOTAVAIL":
      return `this machine has no address ${where.host}; use 127.0.0.1, 0.0.0.0 or one of its own`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the host name ${where.host} does not resolve; use an address such as 127.0.0.1`;
    case "EINVAL":
      return `${place} is not an address to listen on`;
    default:
      return `cannot listen on ${place}: ${cause.message}`;
  }
}
