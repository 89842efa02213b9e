import { existsSync } from 'node:fs'
import type { Io } from '../io.ts'
import { type Judgement, ok, warn } from './finding.ts'

/** Whether certificates are checked, and whether the extra ones can be read. */
export function judgeCertificates({ env }: Io): Judgement {
  const about = { id: 'certificates', provider: null }
  const { NODE_TLS_REJECT_UNAUTHORIZED: checks, NODE_EXTRA_CA_CERTS: extra = '' } = env
  if (checks === '0')
    return warn(
      about,
      'NODE_TLS_REJECT_UNAUTHORIZED is 0: anyone in between can take the credentials.',
      'unset NODE_TLS_REJECT_UNAUTHORIZED',
    )
  if (extra === '') return ok(about, 'Certificates are checked against those that Node brings.')
  if (existsSync(extra))
    return ok(about, 'Certificates are checked, those of NODE_EXTRA_CA_CERTS are trusted too.')
  return warn(
    about,
    'NODE_EXTRA_CA_CERTS names a file that is not there, and Node does without it.',
    'Set NODE_EXTRA_CA_CERTS to the PEM file of your network’s certificate authority.',
  )
}
