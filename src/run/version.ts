import packageJson from "../../package.json" with { type: "json" };

/** Put in by the build; a run from source has none. */
declare const CUSTODY_BUILD: { readonly commit: string; readonly target: string } | undefined;

const build = typeof CUSTODY_BUILD === "undefined" ? { commit: "unknown", target: "source" } : CUSTODY_BUILD;

/** Whether this is the one binary, in which modules lie elsewhere than in the sources. */
export const isCompiled = typeof CUSTODY_BUILD !== "undefined";
export const version = packageJson.version;
export const versionLine = `custody ${version} (commit ${build.commit}, ${build.target})`;
