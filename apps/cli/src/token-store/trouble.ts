import { escapeHiddenCharacters, redact } from '@countersign/core/provider'
import { isCertificateCode } from '../network/choose-proxy.ts'
import { type StoreAddress, storeVariable } from './address.ts'
import type { Trouble } from './connection.ts'

/** What is told about the store. `message` says what is wrong, and what to do where that is known. */
export type StoreNotice =
  | { event: 'store.unreachable'; code: string; message: string }
  | { event: 'store.reachable' }

/** What meets the trouble: the connection, or a script that a connected server does not run. */
type Source = 'connection' | 'script'

/** Reports each trouble once, until what met it works again. */
export interface TroubleLog {
  failed(trouble: Trouble, source: Source): void
  works(source: Source): void
  /** Whether there is trouble now. */
  hasTrouble(): boolean
}

/** Reports what is wrong with the store at an address, and when nothing is any more. */
export function createTroubleLog(address: StoreAddress, tell: (notice: StoreNotice) => void): TroubleLog {
  const told = new Map<string, Source>()
  return {
    failed(trouble, source) {
      const { code } = trouble
      // What has no name follows from what has one.
      if (told.has(code) || (code === 'UNREACHABLE' && told.size > 0)) return
      told.set(code, source)
      const { problem, hint } = describe(trouble, address)
      const message = hint === undefined ? `${problem}.` : `${problem}. ${hint}`
      tell({ event: 'store.unreachable', code, message })
    },
    works(source) {
      if (told.size === 0) return
      for (const [code, of] of told) if (of === source) told.delete(code)
      if (told.size === 0) tell({ event: 'store.reachable' })
    },
    hasTrouble: () => told.size > 0,
  }
}

const longestSaid = 120

/** A cluster and Sentinel report the names of further servers, and a certificate must hold for those too. */
const hostNameHints: Record<StoreAddress['kind'], string> = {
  single: 'Use an address whose host is in the certificate.',
  sentinel:
    'The certificates must hold for the hosts of the address and for those that Sentinel reports: let it report names with sentinel announce-hostnames.',
  cluster:
    'The certificates must hold for the hosts of the address and for those that the nodes announce: let them announce names with cluster-announce-hostname and cluster-preferred-endpoint-type.',
}

function describe({ code, said }: Trouble, { kind, tls }: StoreAddress): { problem: string; hint?: string } {
  switch (code) {
    case 'WRONGPASS':
    case 'NOAUTH': {
      const or = kind === 'sentinel' ? `, or ${storeVariable}_SENTINEL_PASSWORD for Sentinel itself` : ''
      return {
        problem: `The token store refuses the password (${code})`,
        hint: `Set ${storeVariable}_PASSWORD${or}.`,
      }
    }
    case 'NOPERM':
      return {
        problem: 'The token store does not let its user run the scripts (NOPERM)',
        hint: 'Allow EVAL, and the commands in the scripts, on the keys countersign:*.',
      }
    case 'READONLY':
      return {
        problem: 'The token store is a replica, which cannot be written to (READONLY)',
        hint: 'Name the primary, or the Sentinels that know it: redis+sentinel://HOST:26379/MASTER.',
      }
    case 'MOVED':
      return {
        problem: 'The token store is one node of a cluster (MOVED)',
        hint: `Begin the address with ${tls ? 'rediss' : 'redis'}+cluster://.`,
      }
    case 'TIMEOUT':
      return {
        problem: 'The token store does not answer',
        ...(tls && { hint: 'A server without TLS does not answer either: begin its address with redis.' }),
      }
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return {
        problem: `The certificate of the token store is for another name (${code})`,
        hint: hostNameHints[kind],
      }
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return {
        problem: `The certificate of the token store does not hold at this computer's time (${code})`,
        hint: 'Check the clock, then the certificate.',
      }
  }
  if (said !== undefined) {
    const [line = ''] = redact(escapeHiddenCharacters(said)).slice(0, longestSaid).split('\n')
    return { problem: `The token store reports an error (${code}: ${line.trim()})` }
  }
  if (/^(ERR_SSL_|ERR_TLS_|EPROTO$)/.test(code))
    return { problem: `TLS with the token store failed (${code})` }
  if (isCertificateCode(code))
    return {
      problem: `The certificate of the token store is of an authority that is not trusted here (${code})`,
      hint: 'Set NODE_EXTRA_CA_CERTS to the PEM file of the authority.',
    }
  return {
    problem: `The token store cannot be reached (${code})`,
    ...(code === 'ECONNRESET' && !tls && { hint: 'If it expects TLS, begin the address with rediss.' }),
  }
}
