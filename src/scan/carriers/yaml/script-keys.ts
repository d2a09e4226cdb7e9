/** Keys whose value is a script, or a list of scripts, in some system or other that reads YAML or JSON. */
const scripts: ReadonlySet<string> = new Set(
  // CI: GitHub, GitLab, Azure, Bitbucket, Drone, Travis, AppVeyor, CodeBuild, Semaphore, Tekton
  (
    "run script before_script after_script before_install install after_success after_failure before_deploy deploy_script bash powershell pwsh " +
    "inlineScript commands build_script test_script before_build after_build before_test on_success on_finish on_failure runScript ssh_script sh ps " +
    // Task runners, hosts, containers
    "cmds cmd runcmd bootcmd exec exec-host shell win_shell raw entry startCommand buildCommand preDeployCommand release_command releaseCommand " +
    "run_command build_command postCreateCommand postStartCommand onCreateCommand updateContentCommand postAttachCommand initializeCommand " +
    "preDeploy postDeploy prebuild init_script user_data startup_script startup-script user-data pre_up post_up up down preStop cleanup teardown setup " +
    "ExecStart pre post before after pre_cmd post_cmd pre_command post_command onboard finally onfailure"
  ).split(" "),
);
/** Keys whose value is the words of one command when it is a list, and a script when it is not. */
const commands: ReadonlySet<string> = new Set(["command", "entrypoint", "test", "args", "argv", "program"]);
/** Keys below which every text is a script of that name. */
const collections: ReadonlySet<string> = new Set([
  "scripts",
  "tasks",
  "aliases",
  "commands",
  "scripts-descriptions",
]);
/** Keys whose value is SQL. */
const statements: ReadonlySet<string> = new Set(
  "sql query queries statement statements revocation_statements rollback_statements rotation_statements renew_statements root_rotation_statements creation_statements revocationStatements rollbackStatements initSql init_sql connectionInitSql cleanupSql preSql postSql sqlCommand".split(
    " ",
  ),
);
/** Keys below which nothing is run: settings of the environment, and words for people. */
const idle: ReadonlySet<string> = new Set(
  "env environment variables vars labels annotations metadata description message name title summary help usage if when unless only except rules with_items docs comment comments placeholder example examples keywords".split(
    " ",
  ),
);

export const isScriptKey = (key: string) =>
  scripts.has(lastPart(key)) || /(?:^|_|-)(?:script|cmd)s?$/.test(key);
export const isCommandKey = (key: string) =>
  commands.has(lastPart(key)) || /[a-z]Command$|_command$|-command$/.test(key);
export const isCollectionKey = (key: string) => collections.has(key);
export const isStatementKey = (key: string) => statements.has(key);
export const isIdleKey = (key: string) => idle.has(key);

/** `ansible.builtin.shell` is `shell`. */
export const lastPart = (key: string) => key.slice(key.lastIndexOf(".") + 1);
