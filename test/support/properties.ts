import fc from "fast-check";

/**
 * Loaded before every test by bin/test: one seed for all property tests, which bin/test prints, and their count.
 * A failure prints its own path as well; CUSTODY_TEST_SEED runs them again as they were.
 */
const seed = Number(process.env["CUSTODY_TEST_SEED"]);
const isFull = process.env["CUSTODY_TEST_FULL"] === "1";

fc.configureGlobal({ ...(Number.isSafeInteger(seed) ? { seed } : {}), numRuns: isFull ? 2000 : 100 });
