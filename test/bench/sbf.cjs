// @sap/sbf with the same catalog and hooks that store nothing. PORT says where it listens.
const [folder, catalog] = process.argv.slice(2)
const ServiceBroker = require(require.resolve('@sap/sbf', { paths: [folder] }))

const broker = new ServiceBroker({
  autoCredentials: false,
  enableAuditLog: false,
  brokerCredentials: { bench: process.env.BENCH_PASSWORD },
  catalog: require(catalog),
  hooks: {
    onProvision: (_request, done) => done(null, {}),
    onBind: (_request, done) => done(null, { credentials: {} })
  }
})
broker.start()
