import type { DropRequest, Refusal } from "../drop.ts";
import { describeResourceType, isRequestable } from "../resource.ts";
import type { Names, Part, Resource } from "../resource.ts";
import type { TargetPolicy } from "../target-policy.ts";
import { refuse } from "./refusal.ts";

/**
 * The final names of what a request is about. Named parts are taken as they are; a part that is not named comes from the target's
 * `from_token`, and where both are there they must agree. Nothing else is ever guessed. Pure.
 */
export function resolveResource(request: DropRequest, policy: TargetPolicy): Resource | Refusal {
  const { resourceType, providerResourceId, token, intent } = request;
  if (!isRequestable(resourceType))
    return refuse("validate", `no request destroys a resource of type ${resourceType}: a session alone does`);
  const kind = describeResourceType(resourceType);
  const known: readonly Part[] = [...kind.required, ...kind.optional];
  const stray = Object.keys(intent.names).filter((part) => known.every((each) => each !== part));
  if (stray.length > 0)
    return refuse("validate", `a resource of type ${resourceType} has no ${stray.join(" and no ")}`);
  const names: Partial<Record<Part, string>> = {};
  for (const part of known) {
    const named = intent.names[part];
    const given = part === kind.main ? providerResourceId : named;
    const made = fromToken(policy.names.fromToken[part], token);
    if (part === kind.main && named !== undefined && named !== providerResourceId)
      return refuse("identity", disagreement(part, named, "provider_resource_id", providerResourceId));
    if (given !== undefined && made !== null && given !== made)
      return refuse("identity", disagreement(part, given, `the token ${token} makes it`, made));
    const name = given ?? made;
    if (name !== undefined && name !== null) names[part] = name;
  }
  const missing = kind.required.filter((part) => names[part] === undefined);
  if (missing.length > 0)
    return refuse(
      "validate",
      `a resource of type ${resourceType} needs the name of its ${missing.join(" and ")}`,
    );
  return { type: resourceType, names: names satisfies Names, ...(token === "" ? {} : { token }) };
}

function fromToken(template: string | undefined, token: string): string | null {
  return template === undefined || token === "" ? null : template.replaceAll("{token}", token);
}

function disagreement(part: Part, one: string, source: string, other: string): string {
  return `the ${part} is named ${JSON.stringify(one)}, and ${source} ${JSON.stringify(other)}: one of them is another resource`;
}
