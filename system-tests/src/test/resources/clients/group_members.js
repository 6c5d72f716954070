// Two members of kafkajs share a topic, commit, and another goes on where they were.
// Arguments: bootstrap address, topic of two partitions with records, how many.
const { Kafka, logLevel } = require('kafkajs')

const [bootstrap, topic, count] = process.argv.slice(2)
const wanted = Number(count)
const kafka = new Kafka({ clientId: 'js', brokers: [bootstrap], logLevel: logLevel.ERROR })

function member() {
  return kafka.consumer({ groupId: 'js', sessionTimeout: 6000, heartbeatInterval: 200 })
}

async function until(what, condition) {
  const end = Date.now() + 60000
  while (!(await condition())) {
    if (Date.now() > end) {
      throw new Error('waited in vain: ' + what)
    }
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

async function run(consumer, seen, assigned) {
  consumer.on(consumer.events.GROUP_JOIN, event => {
    assigned.count = (event.payload.memberAssignment[topic] || []).length
  })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      seen.add(partition + ':' + message.offset)
    },
  })
}

async function main() {
  const seen = new Set()
  const members = [member(), member()]
  const shares = [{ count: 0 }, { count: 0 }]
  await Promise.all(members.map((one, i) => run(one, seen, shares[i])))
  await until('each member has a partition', () => shares.every(one => one.count === 1))
  await until('all records', () => seen.size === wanted)
  const admin = kafka.admin()
  await admin.connect()
  const described = await admin.describeGroups(['js'])
  if (described.groups[0].members.length !== 2) {
    throw new Error('members: ' + described.groups[0].members.length)
  }
  for (const one of members) {
    await one.disconnect()
  }
  const offsets = await admin.fetchOffsets({ groupId: 'js', topics: [topic] })
  const sum = offsets[0].partitions.reduce((all, one) => all + Number(one.offset), 0)
  if (sum !== wanted) {
    throw new Error('committed: ' + JSON.stringify(offsets))
  }
  const again = new Set()
  const later = member()
  const share = { count: 0 }
  await run(later, again, share)
  await until('who is alone has both partitions', () => share.count === 2)
  await later.disconnect()
  if (again.size > 0) {
    throw new Error('read twice: ' + again.size)
  }
  await admin.disconnect()
  console.log('done')
}

main().catch(error => {
  console.error(error)
  process.exit(1)
})
