import type { Finding } from "../audit/finding.ts";
import type { SummaryLine, Tone } from "../run/contract.ts";

/**
 * Findings for people: class, position and what was seen, with the likely cause below. `total` counts those that are not listed
 * too, which the command that is named lists, where it is not the one that tells.
 */
export function listFindings(
  findings: readonly (Omit<Finding, "class"> & { readonly class: string })[],
  total: number,
  listedBy?: string,
): readonly SummaryLine[] {
  if (findings.length === 0) return [];
  const width = Math.max(...findings.map((each) => each.class.length));
  const places = Math.max(...findings.map((each) => String(each.position).length));
  return [
    line("plain", ""),
    ...findings.flatMap((each) => [
      line(
        "bad",
        `${each.class.padEnd(width)}  ${String(each.position).padStart(places)}  ${each.id === "" ? "" : `${each.id}: `}${each.detail}`,
      ),
      line("dim", `${" ".repeat(width + places + 4)}likely: ${each.cause}`),
    ]),
    ...(total > findings.length
      ? [
          line(
            "warn",
            `${total - findings.length} more findings are not shown: ${listedBy === undefined ? "" : `${listedBy} `}--limit-findings ${total}`,
          ),
        ]
      : []),
  ];
}

function line(tone: Tone, text: string): SummaryLine {
  return { tone, text };
}
