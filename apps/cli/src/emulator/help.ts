import { type ExampleIds, exampleIds } from '../help-examples.ts'

/** What `countersign emulator --help` says below the options. */
export const emulatorHelp = ([one, , three, four]: ExampleIds = exampleIds()): string => `
stdout is one block that sets the variables of all commands, for a shell, a .env file or PowerShell; a line
with countersign init is printed for each provider. Keys are generated for the run; --credentials-dir keeps
them, and the ids, over restarts, and --register uses your own.

--ports 4401 serves each emulator also at the root of a port of its own: 4401, 4402, …; --ports
${three}=4801 only the one that is named. Base URLs then have no prefix.

Faults are words joined by +: status:503, retry-after:7, delay:2s, hang, reset, truncate, malformed-json,
content-type:text/html, redirect:https://elsewhere.example/, date-skew:-90s. *2 after them limits them to
two requests; @token, @refresh or @api names the endpoint. Quote them in a shell.

While it serves, the control API at /_countersign adds and clears faults, moves clocks, registers keys,
revokes tokens, and shows the journal. It uses JSON:
  /_countersign/providers, /keys, /faults, /clock, /journal,
  /journal/events, /tokens
  and each for one provider: /_countersign/${one}/faults

Examples:
  countersign emulator
  countersign emulator ${three} --register ${three}=public_key.pem
  countersign emulator ${one} --credentials-dir emulated
  countersign emulator ${one} ${three} --ports 4401
  countersign emulator \\
    --fault '${one}=status:503+retry-after:7*2@token,delay:2s@api' \\
    --fault ${three}=reset
  countersign emulator --clock +10m --clock ${three}=2026-01-01T00:00:00Z
  countersign emulator ${one} ${four} --port 0 --json`
