/**
 * Whether the rules of an ACL SETUSER, one after the other, leave a user that can do nothing: switched off, without a password, without a
 * command. A user that is reset and then set up again (`reset on >secret ~shop:* +@all`) is made, not destroyed.
 */
export function disablesUser(rules: readonly string[]): boolean {
  let isOff = false;
  let hasNoPassword = false;
  let hasNoCommands = false;
  let hasNoKeys = false;
  for (const rule of rules) {
    const lower = rule.toLowerCase();
    switch (lower) {
      case "reset":
        [isOff, hasNoPassword, hasNoCommands, hasNoKeys] = [true, true, true, true];
        break;
      case "on":
        isOff = false;
        break;
      case "off":
        isOff = true;
        break;
      case "resetpass":
        hasNoPassword = true;
        break;
      case "nopass":
        hasNoPassword = false;
        break;
      case "-@all":
      case "nocommands":
        hasNoCommands = true;
        break;
      case "allcommands":
        hasNoCommands = false;
        break;
      case "resetkeys":
        hasNoKeys = true;
        break;
      case "allkeys":
        hasNoKeys = false;
        break;
      default:
        if (/^[>#]/u.test(lower)) hasNoPassword = false;
        // A selector gives what stands in it: `()` is nothing.
        if (/^(?:\+|\(.*(?:\+|allcommands))/u.test(lower)) hasNoCommands = false;
        if (/^(?:~|%|\(.*(?:~|%|allkeys))/u.test(lower)) hasNoKeys = false;
        // What is put in at run time may be anything that a user needs.
        if (
          // An empty one is none to the server, and what ends in a bracket the end of a selector.
          !/^$|\)$|^[>#<!+\-~%&(]|^(?:all|reset)channels$|^clearselectors$|^(?:no)?sanitize-payload$|^skip-sanitize-payload$/u.test(
            lower,
          )
        )
          return false;
    }
  }
  return isOff || hasNoPassword || hasNoCommands || hasNoKeys;
}

/** Whether the rules take something from a user, a password, commands, channels, and give nothing: it may have been the last of it. */
export function onlyTakesAway(rules: readonly string[]): boolean {
  return rules.length > 0 && rules.every((rule) => /^(?:[<!-].|resetchannels$|clearselectors$)/iu.test(rule));
}
