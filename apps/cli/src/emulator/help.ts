/** What `countersign emulator --help` says below the options. */
export const emulatorHelp = `
A line with countersign init is printed for each provider. Keys are generated for the run;
--credentials-dir saves them, and --register uses your own.

Faults are words joined by +: status:503, retry-after:7, delay:2s, hang, reset, truncate, malformed-json,
content-type:text/html, redirect:https://elsewhere.example/, date-skew:-90s. *2 after them limits them to
two requests; @token, @refresh or @api names the endpoint. Quote them in a shell.

While it serves, the control API at /_countersign adds and clears faults, moves clocks, registers keys,
revokes tokens, and shows the journal. It uses JSON:
  /_countersign/providers, /keys, /faults, /clock, /journal,
  /journal/events, /tokens
  and each for one provider: /_countersign/speeda/faults

Examples:
  countersign emulator
  countersign emulator utgl --register utgl=public_key.pem
  countersign emulator paymentsgate --credentials-dir emulated
  countersign emulator \\
    --fault 'speeda=status:503+retry-after:7*2@token,delay:2s@api' \\
    --fault utgl=reset
  countersign emulator --clock +10m --clock utgl=2026-01-01T00:00:00Z
  countersign emulator speeda victor --port 0 --json`
