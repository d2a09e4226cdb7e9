import type { Backend } from "../backend.ts";
import type { FoundPart } from "../drop.ts";
import { requireSameServer } from "../require-same-server.ts";
import type { Part, ResourceType } from "../resource.ts";
import type { PartStanding, StatementEyes } from "./statement-eyes.ts";

/** What a target tells of statements: where its backend has no words of its own for that, by what it inspects before a drop. */
export function eyesOf(backend: Backend): StatementEyes {
  return backend.statements ?? inspecting(backend);
}

const types: Readonly<Partial<Record<Part, readonly ResourceType[]>>> = {
  database: ["database", "mongo-database"],
  role: ["role"],
  user: ["acl-user", "mongo-user"],
  stream: ["stream"],
};

function inspecting(backend: Backend): StatementEyes {
  const look = async (part: Part, name: string, signal: AbortSignal) => {
    const type = types[part]?.find((each) => backend.supports.includes(each));
    if (type === undefined) return null;
    const { identity } = await backend.inspect({ type, names: { [part]: name } }, { force: false, signal });
    return identity;
  };
  return {
    async identify(subjects, _database, signal) {
      let systemIdentifier = "";
      const found: (FoundPart | "none" | "unclear")[] = [];
      for (const { part, name } of subjects) {
        const identity = await look(part, name, signal);
        systemIdentifier = identity?.systemIdentifier ?? systemIdentifier;
        found.push(
          identity === null ? "unclear" : (identity.parts.find((each) => each.part === part) ?? "none"),
        );
      }
      return { systemIdentifier, found };
    },
    async standing(identity, signal) {
      const standings: PartStanding[] = [];
      for (const { part, name, id } of identity.parts) {
        const now = await look(part, name, signal);
        if (now !== null) requireSameServer(now.systemIdentifier, identity);
        const isThere = now === null || now.parts.some((each) => each.part === part && each.id === id);
        standings.push(isThere ? "there" : "gone");
      }
      return standings;
    },
  };
}
