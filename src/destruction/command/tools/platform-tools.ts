import { destroys, type DestroyingCommand } from "../command-table.ts";

const kubectl =
  "-n --namespace --context --kubeconfig --cluster --user --as -f --filename -l --selector --grace-period --timeout --token -s --server --field-selector -o --output";
const docker = "-f --file -p --project-name --env-file --profile --filter -H --host --context -t --timeout";
const aws = "--profile --region --endpoint-url --output --query";
const az = "-g --resource-group -n --name -s --server --subscription --server-name --account-name";
const gcloud = "--project --instance -i --zone --region --account --format --configuration";
const database =
  /postgres|pg|sql|maria|mongo|redis|valkey|keydb|database|(?:^|[-_/:])db(?:$|[-_/:])|cockroach|cassandra|scylla|clickhouse|influx|elastic|kafka|rabbit|cloudamqp|nats|dynamo|timescale/i;
const kinds =
  "namespace|namespaces|ns|pvc|pvcs|persistentvolumeclaim|persistentvolumeclaims|pv|pvs|persistentvolume|persistentvolumes|project|projects";

/**
 * What a platform's command destroys: namespaces, volumes, instances of databases, and all that a stack holds. What leaves the
 * volumes (`helm uninstall`, `kubectl delete statefulset`, `docker compose down`) is none of these.
 */
export const platformTools: readonly DestroyingCommand[] = [
  destroys("kubectl|oc|k", `delete ${kinds}`, { valued: kubectl }),
  destroys("docker|podman|nerdctl", "volume rm|remove|prune", { valued: docker }),
  destroys("docker|podman|nerdctl", "system prune", { with: "--volumes", valued: "--filter -H --host" }),
  destroys("docker|podman|nerdctl", "compose down", { with: "-v --volumes", valued: docker }),
  destroys("docker-compose|podman-compose", "down", { with: "-v --volumes", valued: docker }),
  destroys("docker-sync", "clean"),
  destroys("ddev", "delete"),
  destroys("lando", "destroy"),
  destroys("vagrant", "destroy"),
  destroys("terraform|tofu|terragrunt", "destroy", { valued: "-target -var -var-file -state" }),
  destroys("terraform|tofu|terragrunt", "run-all|apply destroy"),
  destroys("terraform|tofu|terragrunt", "apply", { with: "-destroy" }),
  destroys("pulumi|cdktf|cdk", "destroy", { valued: "-s --stack -C --cwd --app" }),
  destroys(
    "aws|awslocal",
    "rds|docdb|neptune delete-db-instance|delete-db-cluster|delete-global-cluster|delete-tenant-database",
    { valued: aws },
  ),
  destroys("aws|awslocal", "dynamodb delete-table", { valued: aws }),
  destroys("aws|awslocal", "ec2 delete-volume|terminate-instances", { valued: aws }),
  destroys("aws|awslocal", "efs delete-file-system", { valued: aws }),
  destroys(
    "aws|awslocal",
    "elasticache|memorydb delete-cache-cluster|delete-replication-group|delete-cluster|delete-serverless-cache",
    { valued: aws },
  ),
  destroys("aws|awslocal", "redshift|redshift-serverless delete-cluster|delete-namespace", { valued: aws }),
  destroys("aws|awslocal", "timestream-write|keyspaces delete-database|delete-keyspace", { valued: aws }),
  destroys("aws|awslocal", "cloudformation delete-stack", { valued: aws }),
  destroys("aws|awslocal", "s3 rb", { valued: aws }),
  destroys("aws|awslocal", "s3api delete-bucket", { valued: aws }),
  destroys("gcloud", "sql instances|databases|users delete", { valued: gcloud }),
  destroys("gcloud", "compute disks delete", { valued: gcloud }),
  destroys("gcloud", "spanner|bigtable|redis|firestore|filestore instances|databases delete", {
    valued: gcloud,
  }),
  destroys("gcloud", "alloydb clusters|instances delete", { valued: gcloud }),
  destroys("gcloud", "projects delete", { valued: gcloud }),
  destroys("az", "postgres|mysql|mariadb server|flexible-server|db delete", { valued: az }),
  destroys("az", "postgres|mysql flexible-server db delete", { valued: az }),
  destroys("az", "sql db|server|mi delete", { valued: az }),
  destroys("az", "cosmosdb delete", { valued: az }),
  destroys("az", "cosmosdb sql|mongodb|cassandra|gremlin database|keyspace delete", { valued: az }),
  destroys("az", "redis|disk|group delete", { valued: az }),
  destroys("az", "storage account delete", { valued: az }),
  destroys("doctl", "databases|database|db|d|dbs delete|rm|d", { valued: "-t --access-token --context" }),
  destroys("doctl", "databases|database|db|d|dbs db|user delete|rm|d", { valued: "-t --access-token" }),
  destroys("doctl", "compute volume|volumes delete|rm", { valued: "-t --access-token" }),
  destroys("fly|flyctl", "apps|volumes|volume|vol|app destroy|delete|rm", {
    valued: "-a --app -c --config -o --org",
  }),
  destroys("fly|flyctl", "destroy", { valued: "-a --app" }),
  destroys("fly|flyctl", "mpg|redis|pg destroy|delete"),
  destroys("heroku", "pg:reset|apps:destroy|apps:delete|destroy|pg:credentials:destroy", {
    valued: "-a --app -r --remote --confirm -n --name",
  }),
  destroys("heroku", "addons:destroy|addons:remove", {
    valued: "-a --app -r --remote --confirm",
    only: database,
  }),
  destroys(
    "dokku",
    "postgres:destroy|mysql:destroy|mariadb:destroy|mongo:destroy|redis:destroy|apps:destroy",
  ),
  destroys("scalingo", "addons-remove|destroy", { valued: "-a --app", only: database }),
  destroys("render", "services delete"),
  destroys("scw", "rdb instance|database|user delete"),
  destroys("linode-cli", "databases postgresql-delete|mysql-delete"),
  destroys("vultr-cli", "database delete"),
  destroys("exo", "dbaas delete"),
  destroys("zfs", "destroy", { only: database }),
];
