import type { PolicyRule } from "../../config/scan-rules.ts";
import type { RuleTexts } from "./rule.ts";

/** The rules about the policy itself. */
export const policyRuleTexts: RuleTexts<PolicyRule> = {
  bypass: {
    title: "A way round the chokepoint",
    why: "A function that may destroy is reached by a path that does not pass the chokepoint: what it drops on that path is asked of nobody and recorded nowhere. The path is listed, with how sure each step is.",
    mend: [
      "Make the call inside a function that is handed to the chokepoint.",
      "If the path cannot happen, name its beginning's real entry points in scan.roots.",
      "If it is meant, say why and until when beside the call: custody-allow: <reason> until 2027-01-31.",
    ],
    gravity: 9.1,
  },
  "chokepoint-ambiguous": {
    title: "A name of the policy is not that of one function",
    why: "The policy names the chokepoint, or a sanctioned function, by a bare name. With a second function of that name nobody can say which of them guards, or the second may destroy as well; without a chokepoint nothing is guarded.",
    mend: ["Write (*Type).Name, package.Name or path#name in custody.yaml.", "Rename the other function."],
    gravity: 7.5,
  },
  "nothing-sanctioned": {
    title: "A guard that matches nothing",
    why: "The policy names functions in which destruction is sanctioned, and none was seen in any of them: they were renamed, moved or are not scanned. A guard that matches nothing protects nothing.",
    mend: [
      "Correct the names in scan.sanctioned.",
      "Scan the folder in which they are: scan.paths, scan.ignore.",
      "If nothing destroys any more, take the names out.",
    ],
    gravity: 6.5,
  },
  "suppression-malformed": {
    title: "A suppression that cannot be read",
    why: "It suppresses nothing: without a reason nobody can judge it later, and without a day it would be there for ever.",
    mend: ["Write: custody-allow: <reason> until 2027-01-31."],
    gravity: 4,
  },
  "suppression-expired": {
    title: "A suppression whose day is over",
    why: "What was to be mended by then was not, or is and the comment stayed.",
    mend: ["Mend what it suppresses and remove it.", "If it must stay, decide anew until when."],
    gravity: 5,
  },
  "suppression-unused": {
    title: "A suppression that suppresses nothing",
    why: "It would hide the next destruction that somebody writes on these lines.",
    mend: ["Remove the comment."],
    gravity: 4,
  },
};
