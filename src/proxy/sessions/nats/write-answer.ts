import type { WireRefusal } from "../ports.ts";

/** The type of an answer, and the number of its own refusal (server/errors.json), by what was asked. */
const answers: readonly (readonly [asked: RegExp, type: string, errCode: number])[] = [
  [/STREAM\.DELETE\.[^.]+$/, "stream_delete", 10_050],
  [/STREAM\.PURGE\.[^.]+$/, "stream_purge", 10_110],
  [/STREAM\.MSG\.DELETE\.[^.]+$/, "stream_msg_delete", 10_057],
  [/STREAM\.UPDATE\.[^.]+$/, "stream_update", 10_069],
  [/CONSUMER\.(?:DURABLE\.)?CREATE\./, "consumer_create", 10_012],
  [/CONSUMER\.DELETE\./, "consumer_delete", 10_012],
  [/ACCOUNT\.PURGE\.[^.]+$/, "account_purge", 10_035],
];
/** JSStreamRollupFailedF. */
const rollupFailed = 10_111;

/** What the JetStream API answers to what it does not do (ADR-1); to a message of a stream's own, what its acknowledgement would say. */
export function writeRefusal(subject: string, { message, detail, hint }: WireRefusal): string {
  const description = [message, detail, hint].filter((each) => each !== "").join("; ");
  const found = answers.find(([asked]) => asked.test(subject));
  const error = { code: 403, err_code: found?.[2] ?? rollupFailed, description };
  return JSON.stringify(
    found === undefined
      ? { error, stream: "", seq: 0 }
      : { type: `io.nats.jetstream.api.v1.${found[1]}_response`, error, success: false },
  );
}

/** What it answers to what was done. `isNoop`: there was no such stream. */
export function writeDone(subject: string, isNoop: boolean): string {
  const found = answers.find(([asked]) => asked.test(subject));
  const type = `io.nats.jetstream.api.v1.${found?.[1] ?? "stream_delete"}_response`;
  const error = { code: 404, err_code: 10_059, description: "stream not found" };
  return JSON.stringify(isNoop ? { type, error, success: false } : { type, success: true });
}
