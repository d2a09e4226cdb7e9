/**
 * What each shell sources. All ask the program itself (`custody --complete WORD…`, the last word being the one that is
 * typed), so that a script never gets old; where there is nothing to offer, files are.
 */
export const completionScripts = {
  bash: `_custody() {
  local IFS=$'\\n'
  COMPREPLY=($(custody --complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -o nosort -F _custody custody
`,
  zsh: `_custody() {
  local -a offered
  offered=("\${(@f)$(custody --complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$offered" ]]; then compadd -- "\${offered[@]}"; else _files; fi
}
compdef _custody custody
`,
  fish: `complete -c custody -a '(custody --complete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`,
} as const;
