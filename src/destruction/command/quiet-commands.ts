/** Programs that say, search, fetch or install what they are given, and run none of it. */
const quiet: ReadonlySet<string> = new Set(
  (
    "echo printf print cat grep egrep fgrep rg ag ack zgrep sed gsed awk gawk mawk perl jq yq head tail less more sort uniq wc tr cut tee " +
    "man info which type whereis hash help apropos tldr whatis apt apt-get aptitude yum dnf apk brew pacman zypper port choco scoop winget pip pip3 gem cargo " +
    "git gh glab hub svn hg logger log wall mail sendmail notify-send say test [ [[ let expr true false : export local declare typeset readonly set unset alias unalias " +
    "read cd pushd popd ls cp mv mkdir touch chmod chown ln rm rmdir diff cmp file stat basename dirname realpath readlink date sleep kill pkill killall " +
    "cowsay figlet banner dialog whiptail zenity pg_dump pg_dumpall pg_restore mysqldump createdb createuser initdb pg_isready dpkg rpm snap flatpak " +
    "make cmake trap source . exit return shift complete compgen compdef bind write-host write-output write-error"
  ).split(" "),
);
const speaks =
  /^_*(?:(?:log|echo|print|warn|err|info|error|die|fail|fatal|usage|help|msg|message|note|notice|debug|abort|step|title|header|banner|success|ok|green|red|yellow|blue|cecho|say|status|progress|prompt|confirm|ask|describe|it|assert|expect)(?:$|[_:.-].*|\d.*)|.*[_:-](?:log|echo|print|warn|info|error|msg|message|debug|usage|help|status|notice|success|fail|prompt|confirm)$)/i;

/** Whether a command that is not known only talks about what it is given, by its name. */
export function isQuiet(program: string): boolean {
  return quiet.has(program.toLowerCase()) || speaks.test(program);
}
