import { plainName, wordsOf } from "./callee.ts";
import type { Callee } from "./callee.ts";
import { executes, passes, probablyExecutes, shows, unknownRole } from "./role.ts";
import type { HarmlessContext, Role } from "./role.ts";

const list = (names: string): readonly string[] => names.split(/\s+/).filter(Boolean);

/** Functions and methods of drivers, query builders, and of what starts processes, by plain name. */
const executing: ReadonlySet<string> = new Set(
  list(`exec run execute executesql executeraw executequery executeupdate executelargeupdate executebatch executemany executescript executeasync
    executenonquery executenonqueryasync executescalar executescalarasync executereader executereaderasync executestatement executesqlraw
    executesqlrawasync executesqlcommand executesqlcommandasync executesqlinterpolated executesqlinterpolatedasync executecommand executeonprimary
    execcontext mustexec mustexeccontext namedexec namedexeccontext execasync execsync execfile execfilesync execparams execquery execquerysync
    execparamsasync asyncexec asyncexecparams syncexec execddl execsql execsqlfile execscript execv execve execvp execvpe execl execlp execbatch
    query querysync queryrow queryrows queryrowcontext querycontext queryx queryrowx queryasync queryraw queryrawunsafe $queryraw $queryrawunsafe
    $executeraw $executerawunsafe queryunsafe queryfirst querysingle queryscalar queryone queryall querymany querymultiple querystream queryopt
    queryformap queryforobject queryforlist querydrop queryiter queryfirstordefault queryasstring
    selectall selectone selectvalue selectrows selectvalues insertsql updatesql deletesql
    raw rawquery rawexec fromsql fromsqlraw fromsqlinterpolated sqlquery sqlqueryraw executeandfetch
    unsafe simplequery simplequeryraw batchexecute sendquery asyncquery sendqueryparams prepare preparestatement prepareasync preparecall preparex preparecontext
    createnativequery createsqlquery createquery createupdate createscript createstatement createcommand addbatch
    runsql runsqlscript runsqlfile runscript runquery runstatement runraw runcommand admincommand command send sendcommand call docommand dosql
    docmd dosqlcommand do acl config debug function cluster configset replicaof slaveof request requestmany publish jspublish rawcommand customcommand sendraw pipeline multi
    statement unprepared affectingstatement executeonly multiquery realquery pgquery pgqueryparams pgsendquery pgexec mysqliquery mysqlimultiquery mysqlirealquery
    mysqlquery sqlsrvquery odbcexec sqliteexec dbquery getresults getvar getrow
    spawn spawnsync popen popen2e popen3 capture2 capture2e capture3 system passthru shellexec procopen checkcall checkoutput checkoutputasync getoutput getstatusoutput
    execa execacommand execacommandsync execaasync execasyncprocess $ sh bash shell shellout runshell runcmd cmd commandcontext startprocess exectoolcommand
    processbuilder processstartinfo processstart start processcommand
    sqlcommand npgsqlcommand mysqlcommand sqlitecommand oraclecommand odbccommand oledbcommand commanddefinition npgsqlbatchcommand
    sqlalchemytext bulkexecute ddl customsql
    executepreparedstatement openquery querydb dbexec psql mysql rediscli`),
);

/** What logs, and the receivers that make any method a log's. */
const logging: ReadonlySet<string> = new Set(
  list(`log logf logln print printf println printstacktrace fprintf fprintln fprint fprint eprintln eprint dbg echo puts warn warnf warning warningf error errorf errorw info infof infow infoln
    debug debugf debugw trace tracef notice fatal fatalf fatalln critical verbose writeline writelineasync writehost writeoutput writeerror loginformation logwarning
    logerror logdebug logcritical logtrace errorlog syslog varDump vardump printr pprint console alert confirm prompt toast notify flash captureexception capturemessage addbreadcrumb
    msg msgf stdout stderr secho style progress setstatus announce say step`),
);
const loggers =
  /^(?:log|logs|logger|logging|_?logger|console|slog|zap|sugar|winston|pino|klog|glog|logrus|serilog|nlog|rails\.logger|stdout|stderr|out|output|ui|cli|io|spinner|ora|chalk|tracing|tracer|span|warnings|syslog|report|reporter|sentry|bugsnag|rollbar|kleur|pc|click|typer|rich|st|term)$/i;

const raising: ReadonlySet<string> = new Set(
  list(`panic panicf panicln abort bail raise throw die exit fail failf failnow failure anyhow ensure todo unimplemented unreachable newerror errorsnew wrap wrapf wraperror withmessage withmessagef newerrorf
    badrequest forbidden problem usererror triggererror reject expect throwerror`),
);

const comparing: ReadonlySet<string> = new Set(
  list(`len length count size sizeof strlen cap runecountinstring equals equal equalsignorecase equalfold eq ne iseq deepequal compare compareto strcmp strcasecmp contains containsignorecase containsany containskey includes include indexof lastindexof index find
    startswith startswithignorecase hasprefix hassuffix endswith strpos stripos strstr stristr strcontains strstartswith startwith inarray has haskey containsvalue isin member issubset some`),
);

const matching: ReadonlySet<string> = new Set(
  list(`match matches matchstring mustcompile compile regexp regex search findall fullmatch ismatch pregmatch pregmatchall pregreplace pregsplit test scan sub gsub replace replaceall replacefirst newregex regexnew regexpcompile likestring
    rlike ilike like glob`),
);

const asserting: ReadonlySet<string> = new Set(
  list(`expect assert asserts assertequal assertequals assertnotequal assertin assertnotin asserttrue assertfalse assertsame assertcontains assertnotcontains assertstringcontainsstring assertstringcontainsstringignoringcase assertraises assertthat assertion asserterror asserterrorcontains assertthrows
    asserteq assertne debugasserteq assertmatches assertregex assertisnone assertsql assertqueries assertsqlequal assertany assertcalledwith assertcalledoncewith assertcalledonce asserthascalls assertquerycount
    tobe toequal tostrictequal tomatch tocontain tothrow tothrowerror tomatchobject tomatchinlinesnapshot tomatchsnapshot tohavebeencalledwith tohavebeenlastcalledwith tohavebeennthcalledwith tohavereturnedwith tocontainequal should shouldbe shouldequal shouldcontain shouldmatch
    isequalto isnotequalto hasmessage hasmessagecontaining verify calledwith calledoncewith calledwithexactly calledwithmatch withargs when wheninvoked expectexec expectquery expectprepare expectbegin expectexecution
    require requireequal requirecontains requireerror noerror errorcontains erroris equalerror containssubstring musteq mustequal havereceived receive with satisfies raiseerror include eql matcharray beequal
    thenreturn mockreturnvalue mockresolvedvalue mockimplementation returns stub mock spyon throws rejects deepstrictequal strictequal notequal snapshot isequal equalvalues jsoneq contain parametrize parameterized theory inlinedata csvsource valuesource dataprovider testdata testwith rstest testcasesource expecterror expectedsql expectsql checksql`),
);

const parsing: ReadonlySet<string> = new Set(
  list(`parse parseone parsesql parsestatement parsestatements parsequery parsemany parseall tokenize tokenise lex lexer scansql analyze analyse classify classifysql classifyquery lint highlight formatsql prettify prettyprint normalize normalise fingerprint
    detect detectquery issql isdangerous isdestructive isreadonly isselect iswrite isallowed isblocked isforbidden validate validatesql validatequery sanitize checkquery inspect split splitstatements splitsql splitquery
    explain explainquery transpile translate rewrite deparse obfuscate redact canonicalize complete completion suggest autocomplete getcommandtag commandtag querytype statementtype getquerytype parseddl
    parsestmt parseonestmt mustparse parseexpr verifiedstmt onestatementparsesto verifiedonlyselect`),
);

const documenting: ReadonlySet<string> = new Set(
  list(`describe it test testcase context suite scenario given then and specify feature bench benchmark usage help helptext description desc summary doc docs documentation comment option addoption argument addargument addparser
    flag stringflag boolflag stringvar boolvar stringp boolp boolvarp stringvarp longhelp example epilog command addcommand alias header title label placeholder tooltip t i18n gettext ngettext trans translate tr l __ $t button text span div p h1 h2 li a td th
    createelement jsx markdown render rendertext menuitem addmenuitem additem setlabel settext settitle setdescription withdescription setusage setname annotation deprecated counter gauge histogram metric increment incr track setattribute
    permission addpermission can authorize withhelp about longabout shorthelp displayname heading subheading badge apiproperty apioperation since todo`),
);

/** Named parameters, entries of an object, and fields that say what a text is for. */
const documentaryKeys =
  /^(?:inserttext|snippet|completion|help|helptext|description|desc|summary|title|label|labels|message|msg|error|errormessage|reason|usage|doc|docs|comment|comments|note|notes|hint|tooltip|placeholder|caption|subtitle|text|content|explanation|example|examples|longdescription|shortdescription|short|long|epilog|metavar|alt|arialabel|warning|info|name|displayname|heading|tag|tags|category|detail|details|documentation|wanterr|wanterror|expectederror|experr|errmsg|expected|want|wants|expect|exp|snapshot|pattern|regex|regexp|risk|severity|rationale|remediation|advice|recommendation|prompt|placeholdertext|confirm|confirmation|confirmtext|buttontext|errortext|keyword|keywords|logmessage|successmessage)$/;

/** Of those, what says it at the end of a longer name, too: `requestedActionSummary`. */
const documentaryEnd =
  /^(?:description|summary|title|label|message|error|errmsg|reason|comment|note|hint|tooltip|placeholder|caption|example|explanation|warning|remediation|recommendation)$/;

/** Words of a name that say that what bears it is refused, looked for or shown: what runs it all the same is found where it does. */
const guardWords: ReadonlySet<string> = new Set(
  list(
    "forbidden deny denied denylist blacklist blacklisted blocklist blocked banned disallowed dangerous malicious suspicious injection injections attack attacks keywords permissions privileges examples hints snippets",
  ),
);

export function contextOfKey(key: string): HarmlessContext | null {
  const name = key.split(".").at(-1) ?? key;
  const words = wordsOf(name);
  const isDocumentary =
    documentaryKeys.test(plainName(name)) ||
    documentaryEnd.test(words.at(-1) ?? "") ||
    words.some((each) => guardWords.has(each));
  return isDocumentary ? "documented" : null;
}

/** Words of a name that make it likely that what it is given runs. */
const executingWords: ReadonlySet<string> = new Set(
  list(
    "exec execute executes executor query sql raw statement stmt run ddl psql mysql postgres shell cmd command commands spawn subprocess migrate migration perform unsafe invoke eval dispatch apply",
  ),
);
const harmlessWords: readonly (readonly [ReadonlySet<string>, HarmlessContext])[] = [
  [
    new Set(
      list(
        "log logs logger logging warn warning print println printf debug trace echo puts notify notice banner announce report say",
      ),
    ),
    "logged",
  ],
  [new Set(list("error err errors exception panic fail fatal throw raise abort")), "raised"],
  [
    new Set(
      list(
        "assert asserts expect expected expects should verify mock stub fake snapshot ensure check require requires",
      ),
    ),
    "asserted",
  ],
  [
    new Set(
      list(
        "parse parser parses tokenize tokenizer lexer lex lint linter analyze analyzer classify classifier decide assess judge triage highlight normalize normalise fingerprint detect detector is has can inspect matcher validate validator sanitize split redact obfuscate explain keyword keywords token tokens",
      ),
    ),
    "parsed",
  ],
  [
    new Set(list("match matches regex regexp pattern contains equal equals compare includes starts ends")),
    "compared",
  ],
  [
    new Set(
      list(
        "help usage describe description doc docs comment label title tooltip translate message msg text option flag",
      ),
    ),
    "documented",
  ],
];

/** What a call does with its texts, by what it is called: all that is left where the program does not hold what it calls. */
export function roleByName({ name, chain }: Callee): Role {
  const plain = plainName(name);
  const words = wordsOf(name);
  const receivers = chain.slice(0, -1);
  const last = receivers.at(-1) ?? "";
  if (receivers.some((each) => loggers.test(each)) && !isProcess(receivers)) {
    if (!executing.has(plain) || logging.has(plain)) return shows("logged");
  }
  if (
    receivers.some((each) =>
      /^(?:assert|assertions|expect|require|should|sqlmock|mock|mocks|gomega|hamcrest|assertthat|chai|sinon|jest|vi|verify)$/i.test(
        each,
      ),
    )
  )
    return shows("asserted");
  // `it.only`, `test.step`; but a suite's database and a context of Entity Framework run what they are given.
  if (
    receivers.length === 1 &&
    !executing.has(plain) &&
    /^(?:it|test|describe|suite|context|specify)$/i.test(last)
  )
    return shows("asserted");
  if (/mock$/i.test(last) && words[0] === "expect") return shows("asserted");
  if (/^_?mock(?:_|[A-Z])/.test(last)) return shows("asserted");
  if (plain === "exec" && /regex|pattern|^re$/i.test(last)) return shows("matched");
  if (
    /(?:parser|lexer|tokenizer|highlighter|formatter)$/i.test(name) ||
    /(?:parser|lexer|tokenizer|highlighter)$/i.test(last)
  )
    return shows("parsed");
  // `setSql(…)` keeps a text for a page to show.
  if (receivers.length === 0 && /^set[A-Z]/.test(name)) return shows("documented");
  // What a command line is made of, what a person or a model is told.
  if (plain === "command" && /^(?:program|yargs|cli|commander|argv|subparsers)$/i.test(last))
    return shows("documented");
  if (receivers.some((each) => /^(?:llm|agent|chat|chatbot|assistant|openai|anthropic)$/i.test(each)))
    return shows("documented");
  if (isVariantOfError(last) || gathersErrors(plain, last)) return shows("raised");
  if (answers(plain, receivers)) return shows("documented");
  if (executing.has(plain)) return executes;
  if (/(?:error|exception|err|failure|fault)$|^(?:new)?error\d/i.test(name) && name !== "onError")
    return shows("raised");
  if (raising.has(plain)) return shows("raised");
  if (makesError(plain, last)) return shows("raised");
  if (logging.has(plain)) return shows("logged");
  if (asserting.has(plain)) return shows("asserted");
  if (comparing.has(plain)) return shows("compared");
  if (matching.has(plain)) return shows("matched");
  if (parsing.has(plain)) return shows("parsed");
  if (documenting.has(plain)) return shows("documented");
  if (words.some((each) => executingWords.has(each))) {
    if (["define", "register", "declare", "describe"].includes(words[0] ?? "")) return shows("documented");
    // `isQueryAllowed`, `assertSqlEquals`: what it asks comes before what it asks about.
    const asks = harmlessWords.find(
      ([set]) => set.has(words[0] ?? "") || (set.has("is") && set.has(words.at(-1) ?? "")),
    );
    return asks === undefined ? probablyExecutes : shows(asks[1]);
  }
  const harmless = harmlessWords.find(([set]) => words.some((each) => set.has(each)));
  if (harmless !== undefined) return shows(harmless[1]);
  return unknownRole;
}

/** A variant of an error, or what makes one: `AppError::Query(text)`. */
function isVariantOfError(receiver: string): boolean {
  return /^(?:[A-Z]\w*)?(?:Error|Exception|Failure)$/.test(receiver);
}

/** `errors.New(text)`. */
function makesError(plain: string, receiver: string): boolean {
  return plain === "new" && /(?:error|exception|err)s?$/i.test(receiver);
}

/** `errors.add(:base, text)`, `violations.push(text)`. */
function gathersErrors(plain: string, receiver: string): boolean {
  return (
    /^(?:add|push|append)$/.test(plain) && /(?:errors|errs|violations|problems|warnings)$/i.test(receiver)
  );
}

/** `res.status(403).send(text)`: what a client of the web is told. */
function answers(plain: string, receivers: readonly string[]): boolean {
  return (
    /^(?:send|end|json|text|html|write|entity|render)$/.test(plain) &&
    receivers.some((each) => /^(?:res|resp|reply|(?:http)?response)$/i.test(each))
  );
}

/** `process.stdout` writes, `subprocess` runs. */
function isProcess(receivers: readonly string[]): boolean {
  return receivers.some((each) => /^(?:subprocess|child_process|cp)$/.test(each));
}

export const passing: ReadonlySet<string> = new Set(
  list(`text sql sqlraw literal identifier string str format sprintf sprint trim strip dedent join concat append add push pushstr write writestring arg args encode bytes tostring tos from into toowned asstr freeze
    clone some ok just future promise resolve settimeout cast unescape upper lower replace lstrip rstrip chomp trimspace trimindent stripmargin squish all then sequence tuple list array aslist of listof vec arrayof
    compose composed rawsql unindent new valueof constantly lazy memoize formatted vsprintf implode stringbuilder stringbuffer commandtype`),
);

export function passesByName({ name, chain }: Callee): Role | null {
  const plain = plainName(name);
  const receivers = chain.slice(0, -1);
  const last = receivers.at(-1) ?? "";
  const isTold = isVariantOfError(last) || makesError(plain, last) || gathersErrors(plain, last);
  if (isTold || answers(plain, receivers)) return null;
  return passing.has(plain) ? passes : null;
}
