import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'

export type Sdk = typeof import('@aws-sdk/client-s3')

let loaded: Promise<Sdk> | undefined

/** Loaded at the first use: it takes a third of a second, which the start has no time for. */
export function loadSdk(): Promise<Sdk> {
  // oxlint-disable-next-line node/no-process-env -- the SDK's only switch: its version is ours to choose, and no operator's to be warned of
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  loaded ??= import('@aws-sdk/client-s3')
  return loaded
}

/** It writes to the console otherwise. */
const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }

export interface Key {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/**
 * A client that asks nobody but who is asked: each value that the SDK would otherwise look for in the environment, in files of the
 * user or at a metadata service is given here.
 */
export function openClient(sdk: Sdk, region: string, key: Key, config: S3ClientConfig): S3Client {
  const { accessKeyId, secretAccessKey } = key
  return new sdk.S3Client({
    region,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard',
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    followRegionRedirects: false,
    ignoreConfiguredEndpointUrls: true,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    useArnRegion: false,
    useAccelerateEndpoint: false,
    disableMultiregionAccessPoints: true,
    disableS3ExpressSessionAuth: true,
    userAgentAppId: async () => undefined,
    authSchemePreference: ['sigv4'],
    logger: SILENT,
    ...config
  })
}
