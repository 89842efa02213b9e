import { execFile } from 'node:child_process'
import { chmod, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { createScratch, type Scratch } from './run-command.ts'

const runFile = promisify(execFile)

/** A folder with the command, a file and a profile in it, and the variables of one who works there. */
async function createHome(): Promise<Scratch & { env: Record<string, string> }> {
  const scratch = await createScratch()
  const bin = new URL('../src/bin.ts', import.meta.url).pathname
  const program = `#!/bin/sh\nexec '${process.execPath}' --conditions=@countersign/source '${bin}' "$@"\n`
  await chmod(await scratch.file('countersign', program), 0o755)
  await scratch.file('private key.pem', '')
  await scratch.file('countersign.toml', '[profiles.bank-test]\nprovider = "victor"\n')
  const PATH = `${scratch.path}:${process.env['PATH']}`
  // The last is what a terminal says of itself: fish and zsh ask.
  return { ...scratch, env: { PATH, HOME: scratch.path, TERM: 'dumb' } }
}

/** Keys that are pressed in a new zsh, one line after the other, and the resulting text of each line. */
const zshSession = (lines: readonly string[]) => `
zmodload zsh/zpty
zpty inner 'zsh -f -i'
zpty -w inner 'PS1=; PS2=; autoload -Uz compinit; compinit -u -D; source <(countersign completion zsh)'
zpty -w inner 'tell() { print -r -- "$BUFFER" >> lines; zle kill-whole-line }; zle -N tell; bindkey "^Xt" tell'
zpty -w inner 'print rea""dy'
zpty -r inner said '*ready*'
${lines.map((line) => `zpty -w -n inner $'${line}\\t\\x18t'`).join('\n')}
zpty -w inner 'exit'
while zpty -r inner said; do :; done
`

test('zsh completes commands, providers, profiles and files, and lists all that can be meant', async () => {
  await using home = await createHome()
  const script = await home.file(
    'session.zsh',
    zshSession([
      'countersign comp',
      // Two begin so: no more than what they share is put in.
      'countersign pr',
      'countersign keys in',
      'countersign token s',
      'countersign token victor --profile ba',
      'countersign token speeda --environment em',
      'countersign token speeda --private-key priv',
    ]),
  )
  await runFile('zsh', ['-f', script], { cwd: home.path, env: home.env })
  const lines = (await readFile(join(home.path, 'lines'), 'utf8')).trimEnd().split('\n')
  expect(lines.map((line) => line.trimEnd())).toEqual([
    'countersign completion',
    'countersign pro',
    'countersign keys inspect',
    'countersign token speeda',
    'countersign token victor --profile bank-test',
    'countersign token speeda --environment emulator',
    'countersign token speeda --private-key private\\ key.pem',
  ])
})

test('fish completes commands with what they do, providers, profiles and files', async () => {
  await using home = await createHome()
  const script = await home.file(
    'session.fish',
    `
    countersign completion fish | source
    for line in 'countersign pro' 'countersign token s' 'countersign profiles show b' \\
      'countersign token speeda --environment em' 'countersign token speeda --private-key priv'
      echo "$line:" (complete -C $line)
    end`,
  )
  const { stdout } = await runFile('fish', ['--no-config', script], {
    cwd: home.path,
    env: { ...home.env, XDG_CONFIG_HOME: home.path },
  })
  const lines = stdout.trimEnd().split('\n')
  expect(lines[0]).toMatch(/^countersign pro: profiles\t\S.* proxy\t\S/)
  expect(lines.slice(1)).toEqual([
    'countersign token s: speeda',
    'countersign profiles show b: bank-test',
    'countersign token speeda --environment em: emulator',
    'countersign token speeda --private-key priv: private key.pem',
  ])
})
