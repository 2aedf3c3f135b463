declare module 'cfenv' {
  interface AppEnv {
    getServiceURL(spec: string | RegExp, replacements?: object): string | null
    getServiceCreds(spec: string | RegExp): object | null
  }
  const cfenv: { getAppEnv(options: { vcap: { services: object } }): AppEnv }
  export default cfenv
}
