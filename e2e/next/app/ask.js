import { createPaymentsGate } from '@countersign/paymentsgate'
import { createVictor } from '@countersign/victor'

/** Two tokens, each of a new client, as after a restart: only the platform could remember an answer. */
export async function askForTokens() {
  const { VICTOR_URL, GATE_URL, CLIENT_ID, CLIENT_SECRET, ACCOUNT_ID, GATE_KEY } = process.env
  const environment = 'production'
  const victor = createVictor({
    environment,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    baseUrl: VICTOR_URL,
  })
  const gate = createPaymentsGate({ accountId: ACCOUNT_ID, publicKey: GATE_KEY, baseUrl: GATE_URL })
  const tokens = [await victor.token(), await gate.token()]
  return Response.json(tokens.map(({ value }) => value.reveal()))
}
