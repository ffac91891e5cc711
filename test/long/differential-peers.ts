/** Our corpus of hostile requests against Debian's nginx, HAProxy and Varnish, and against an edge: who refuses what. */
import { connect } from "node:net";
import { edgeBefore, plainAnswer, type RecordingOrigin, recordingOrigin } from "../hostile/edge-under-test.ts";
import { PEER_NAMES, startPeer } from "../hostile/peers.ts";
import { CONDEMNED_BY_BODY, CONDEMNED_BY_HEAD } from "../hostile/request-corpus.ts";
import type { LongContext } from "../long-run.ts";

export const name = "differential-peers";
export const summary =
  "the hostile requests against nginx, HAProxy, Varnish and ours: who refuses what (apt-get install them)";

/** Who neither answers nor closes for so long waits for more. */
const SILENCE_MS = 700;

/**
 * What one did with one request. `late`: the origin was asked, but never saw the end. `completed`: the client heard an error,
 * yet the origin saw what looks like a whole request. `waits`: neither answer nor close.
 */
type Verdict = "refused" | "late" | "completed" | "served" | "waits";

interface Front {
  readonly name: string;
  readonly version: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** The origin behind one, and what it has understood. */
interface Behind {
  readonly origin: RecordingOrigin;
  readonly heard: { wholeRequests: number };
}

interface Tally {
  readonly version: string;
  readonly byHead: Record<Verdict, number>;
  readonly byBody: Record<Verdict, number>;
  /** Inputs that were served, by the rule that condemns them. */
  readonly servedByRule: Record<string, string[]>;
}

const none = (): Record<Verdict, number> => ({ refused: 0, late: 0, completed: 0, served: 0, waits: 0 });

/** Sends bytes; what came back when the connection closed or fell silent. */
function answerTo(port: number, bytes: string): Promise<{ readonly text: string; readonly closed: boolean }> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    const end = (closed: boolean) => (): void => {
      socket.destroy();
      resolve({ text, closed });
    };
    socket.setTimeout(SILENCE_MS, end(false));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", end(true));
    socket.on("close", end(true));
    socket.write(bytes, "latin1");
  });
}

async function judge(front: Front, { origin, heard }: Behind, bytes: string): Promise<Verdict> {
  origin.received = "";
  heard.wholeRequests = 0;
  const { text, closed } = await answerTo(front.port, bytes);
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(text.replace(/^HTTP\/1\.1 100 [^\n]*\r\n\r\n/, ""))?.[1] ?? 0);
  if (status >= 200 && status < 400) return "served";
  if (heard.wholeRequests > 0) return "completed";
  if (origin.received !== "") return "late";
  return status >= 400 || closed ? "refused" : "waits";
}

async function tallyOf(start: (originPort: number) => Promise<Front | undefined>): Promise<Tally | undefined> {
  const heard = { wholeRequests: 0 };
  const origin = await recordingOrigin((received) => {
    const answer = plainAnswer(received)?.replace("max-age=60", "no-store");
    if (answer !== undefined) heard.wholeRequests += 1;
    return answer;
  });
  try {
    const front = await start(origin.port);
    if (front === undefined) return undefined;
    try {
      return await judgeAll(front, { origin, heard });
    } finally {
      await front.stop();
    }
  } finally {
    await origin.close();
  }
}

async function judgeAll(front: Front, behind: Behind): Promise<Tally> {
  const tally: Tally = { version: front.version, byHead: none(), byBody: none(), servedByRule: {} };
  for (const [counts, inputs] of [
    [tally.byHead, CONDEMNED_BY_HEAD],
    [tally.byBody, CONDEMNED_BY_BODY],
  ] as const) {
    for (const { bytes, rule, name: input } of inputs) {
      const verdict = await judge(front, behind, bytes);
      counts[verdict] += 1;
      if (verdict === "served") tally.servedByRule[rule] = [...(tally.servedByRule[rule] ?? []), input];
    }
  }
  return tally;
}

async function ours(originPort: number): Promise<Front> {
  const { edge, close } = await edgeBefore(originPort, { onRecord: () => {} });
  return { name: "antipode", version: "this commit", port: edge.listening.port, stop: close };
}

/** Runs it. */
export async function run(context: LongContext): Promise<object> {
  const names = ["antipode", ...PEER_NAMES];
  const tallies = await Promise.all([
    tallyOf(ours),
    ...PEER_NAMES.map((peer) => tallyOf((originPort) => startPeer(peer, originPort))),
  ]);
  const found = names.flatMap((peer, index) => {
    const tally = tallies[index];
    return tally === undefined ? [] : [[peer, tally] as const];
  });
  for (const [peer, { version, byHead, byBody }] of found) {
    context.log(`${peer} ${version}: heads ${JSON.stringify(byHead)}, bodies ${JSON.stringify(byBody)}`);
  }
  const mine = tallies[0];
  const passed =
    mine?.byHead.refused === CONDEMNED_BY_HEAD.length &&
    mine.byBody.refused + mine.byBody.late === CONDEMNED_BY_BODY.length;
  return {
    passed,
    inputs: { byHead: CONDEMNED_BY_HEAD.length, byBody: CONDEMNED_BY_BODY.length },
    absent: names.filter((_peer, index) => tallies[index] === undefined),
    peers: Object.fromEntries(found),
  };
}
