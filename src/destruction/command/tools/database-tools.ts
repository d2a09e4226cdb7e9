import { destroys, type DestroyingCommand } from "../command-table.ts";

const postgres = "-h -p -U --host --port --username --maintenance-db";

/** What comes with a database or a queue. What a tool does by itself is `server`; what it sends to a queue is `stream`. */
export const databaseTools: readonly DestroyingCommand[] = [
  destroys("dropdb|dropuser", "*", { valued: postgres, without: "-V" }),
  destroys("pg_dropcluster", "*"),
  destroys("mysqladmin|mariadb-admin", "drop", {
    valued: "-u -h -P -S -p? --user --host --port --socket --defaults-file --defaults-extra-file",
  }),
  destroys("neonctl|neon", "branches|branch|projects|project|databases|database delete"),
  destroys("neonctl|neon", "roles|role delete"),
  destroys("pscale", "database|branch delete"),
  destroys("turso", "db destroy"),
  destroys("wrangler", "d1 delete"),
  destroys("edgedb|gel", "database|branch drop|wipe"),
  destroys("edgedb|gel", "instance destroy"),
  destroys("influx", "bucket|org delete", { valued: "-n -i -o -t --host --token --org --name --id" }),
  destroys("bq", "rm", {
    with: "-d --dataset",
    kind: "schema",
    valued: "--project_id --location",
  }),
  destroys("bq", "rm", { with: "-r --recursive", without: "-t", kind: "schema", valued: "--project_id" }),
  destroys("bq", "rm", { kind: "table", valued: "--project_id --location" }),
  // Queues and streams.
  destroys("nats", "stream|str|s rm|delete|del|purge", {
    kind: "stream",
    valued: "-s --server --creds --context --user --password --subject --seq --keep --domain",
  }),
  destroys("nats", "kv|object|obj rm|del|delete", {
    kind: "stream",
    most: 3,
    valued: "-s --server --creds --context",
  }),
  destroys("nats", "account purge", { kind: "stream", valued: "-s --server --creds --context" }),
  destroys("nats", "server|srv account|acct purge", {
    kind: "stream",
    valued: "-s --server --creds --context",
  }),
  destroys("nsc", "delete account|operator|user", { kind: "stream", valued: "-n --name -a --account" }),
  destroys("rabbitmqctl", "delete_queue|purge_queue|delete_vhost|delete_user|reset|force_reset", {
    kind: "stream",
    valued: "-n --node -p --vhost -t --timeout -q?",
  }),
  destroys("rabbitmqadmin", "delete|purge queue|vhost|user|exchange", {
    kind: "stream",
    valued: "-H -P -u -p -V -N -c --host --port --username --password --vhost --config",
  }),
  destroys("rabbitmqadmin", "purge|delete *", {
    kind: "stream",
    only: /^(?:name|queue)=/,
    valued: "-H -P -u -p -V -N -c --host --port --username --password --vhost --config",
  }),
  destroys("kafka-topics|kafka-topics.sh", "", {
    with: "--delete",
    kind: "stream",
    valued: "--topic --bootstrap-server --zookeeper --command-config",
  }),
  destroys("kafka-delete-records|kafka-delete-records.sh", "", {
    with: "--offset-json-file",
    kind: "stream",
    valued: "--offset-json-file --bootstrap-server",
  }),
  destroys("rpk", "topic delete", { kind: "stream", valued: "--brokers -X --profile" }),
  destroys("confluent", "kafka topic|cluster delete", { kind: "stream", valued: "--cluster --environment" }),
  destroys("pulsar-admin", "topics|namespaces|tenants|persistent delete|delete-partitioned-topic", {
    kind: "stream",
    valued: "--admin-url",
  }),
  destroys("aws|awslocal", "sqs delete-queue|purge-queue", {
    kind: "stream",
    valued: "--profile --region --endpoint-url --queue-url",
  }),
  destroys("aws|awslocal", "kinesis delete-stream", {
    kind: "stream",
    valued: "--profile --region --endpoint-url --stream-name",
  }),
  destroys("gcloud", "pubsub topics|subscriptions delete", {
    kind: "stream",
    valued: "--project --account --format",
  }),
  destroys("az", "servicebus namespace|queue|topic delete", {
    kind: "stream",
    valued: "-g --resource-group -n --name --namespace-name --subscription",
  }),
  destroys("az", "servicebus queue|topic delete", {
    kind: "stream",
    valued: "-g -n --name --namespace-name",
  }),
  destroys("az", "eventhubs namespace|eventhub delete", { kind: "stream", valued: "-g -n --name" }),
];
