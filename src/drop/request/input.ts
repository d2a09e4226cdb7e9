import { z } from "zod";
import type { RequestBody } from "../../chokepoint/documents/request-body.ts";
import { parts, resourceKinds } from "../../chokepoint/resource.ts";
import type { ResourceType } from "../../chokepoint/resource.ts";
import { OpsError } from "../../errors.ts";

export interface RequestInput {
  readonly body: RequestBody;
  readonly isDryRun: boolean;
  readonly waits: boolean;
}

export const resourceTypes = Object.keys(resourceKinds).filter((each): each is ResourceType =>
  Object.hasOwn(resourceKinds, each),
);

interface Given {
  readonly target: string;
  readonly resourceType: string;
  readonly name: string;
  readonly token: string;
  readonly requestId: string;
  readonly reason: string;
  readonly requestedBy: string | undefined;
  readonly resourceStatus: string | undefined;
  readonly notAfter: string | undefined;
  /** `PART=NAME` each. */
  readonly part: readonly string[];
  readonly force: boolean;
}

/** The body of the request. Throws `bad-usage`. */
export function readRequest(given: Given): RequestBody {
  const type = resourceTypes.find((each) => each === given.resourceType);
  if (type === undefined) {
    throw new OpsError(
      "bad-usage",
      `there is no resource type ${given.resourceType}`,
      `it is one of ${resourceTypes.join(", ")}`,
    );
  }
  const { main } = resourceKinds[type];
  return {
    target: given.target,
    resource_type: type,
    provider_resource_id: given.name,
    token: given.token,
    request_id: given.requestId,
    intent: {
      reason: given.reason,
      ...(given.requestedBy === undefined ? {} : { requested_by: given.requestedBy }),
      names: { [main]: given.name, ...readNames(given.part) },
      ...(given.resourceStatus === undefined ? {} : { resource_status: given.resourceStatus }),
      ...(given.notAfter === undefined ? {} : { not_after: readTime(given.notAfter) }),
      ...(given.force ? { force: true } : {}),
    },
  };
}

function readNames(given: readonly string[]): Readonly<Record<string, string>> {
  const names: Record<string, string> = {};
  for (const each of given) {
    const [, part = "", name = ""] = /^([a-z_]+)=(.+)$/.exec(each) ?? [];
    if (!parts.some((known) => known === part) || part in names) {
      throw new OpsError(
        "bad-usage",
        `--part ${each} names no part of a resource${part in names ? " that was not named before" : ""}`,
        `write PART=NAME; PART is one of ${parts.join(", ")}`,
      );
    }
    names[part] = name;
  }
  return names;
}

function readTime(given: string): string {
  if (z.iso.datetime({ offset: true }).safeParse(given).success) return given;
  throw new OpsError("bad-usage", `--not-after is no time: ${given}`, "write 2026-11-22T18:00:00Z");
}
