//! The table of RPCs: who may call each one, how large its message may be, which permit it takes,
//! whether it runs on without its caller, and which of its calls have an entry in the history.

use crate::config::Scope::{self, Adapter, Admin, Caller, Operator};

/// The package of this project's services. Names in the table leave it out.
const PACKAGE: &str = "hr.onboarding.v1.";

/// A row of the table. The guard, the wrapper of the handlers and the history read it.
#[derive(Debug)]
pub struct Rpc {
    /// `Service/Method`, without the package for this project's services.
    pub name: &'static str,
    /// The scopes that may call it; a caller needs one of them. If empty, no token is needed.
    pub scopes: &'static [Scope],
    /// The size class of its request message.
    pub message: Message,
    /// How it spends its time, which decides which permit it takes.
    pub work: Work,
    /// Whether the handler stops when its caller goes away.
    pub end: End,
    /// Which of its calls have an entry in the history.
    pub history: History,
}

/// The size class of a request message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// A hire, a decision or a key.
    Small,
    /// A tenant with its labels.
    Tenant,
}

/// How a call spends its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// It works from beginning to end.
    Direct,
    /// It reads a page of records, which takes more memory and time than other calls.
    Lists,
    /// It works, and may give its permit back while it waits for an outcome.
    MayWait,
    /// It mostly waits for answers from Lucca.
    AsksLucca,
    /// Its answer is a stream that ends by itself.
    Stream,
    /// Its answer is a stream that goes on until the caller ends it.
    Watch,
}

/// What happens to the handler when the caller goes away or the deadline passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It stops.
    WithCaller,
    /// It runs to its end.
    Later,
}

/// Which calls have an entry in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// None: the RPC only reads.
    Nothing,
    /// Refused calls. A change is stored together with its own entry.
    Refusals,
    /// All calls.
    Calls,
}

impl Rpc {
    /// The RPC with this request path.
    pub fn at(path: &str) -> Option<&'static Self> {
        let path = path.strip_prefix('/')?;
        let name = path.strip_prefix(PACKAGE).unwrap_or(path);
        RPCS.into_iter().find(|rpc| rpc.name == name)
    }

    /// Whether it needs no token, as health checks and reflection.
    pub fn is_open(&self) -> bool {
        self.scopes.is_empty()
    }

    /// Whether only operators and administrators may call it. Some permits are kept for them.
    pub fn is_for_operators(&self) -> bool {
        let is_theirs = |scope: &Scope| matches!(scope, Operator | Admin);
        !self.is_open() && self.scopes.iter().all(is_theirs)
    }
}

macro_rules! rpcs {
    ($($rpc:ident $name:literal [$($scope:ident)*] $message:ident $work:ident $end:ident $history:ident;)*) => {
        $(
            #[doc = concat!("`", $name, "`.")]
            pub static $rpc: Rpc = Rpc {
                name: $name,
                scopes: &[$($scope),*],
                message: Message::$message,
                work: Work::$work,
                end: End::$end,
                history: History::$history,
            };
        )*

        /// Every RPC that is served.
        pub static RPCS: [&Rpc; [$($name),*].len()] = [$(&$rpc),*];
    };
}

rpcs! {
    // constant             name                                     scopes                    message work       end         history
    CREATE_COLLABORATOR    "OnboardingService/CreateCollaborator"   [Caller Adapter]          Small   MayWait    WithCaller  Refusals;
    CHECK_DEFAULTS         "OnboardingService/CheckDefaults"        [Caller Operator Admin]   Small   AsksLucca  WithCaller  Nothing;
    GET_STATUS             "OnboardingService/GetStatus"            [Caller Operator Adapter] Small   MayWait    WithCaller  Nothing;
    WATCH_STATUS           "OnboardingService/WatchStatus"          [Caller Operator]         Small   Watch      WithCaller  Nothing;
    WITHDRAW_HIRE          "OnboardingService/WithdrawHire"         [Caller Adapter]          Small   Direct     Later       Refusals;

    LIST_ONBOARDINGS       "OperationsService/ListOnboardings"      [Operator]                Small   Lists      WithCaller  Nothing;
    RETRY_ONBOARDINGS      "OperationsService/RetryOnboardings"     [Operator]                Small   Direct     WithCaller  Calls;
    RESOLVE_ONBOARDING     "OperationsService/ResolveOnboarding"    [Operator]                Small   AsksLucca  WithCaller  Calls;
    CANCEL_ONBOARDING      "OperationsService/CancelOnboarding"     [Operator]                Small   Direct     WithCaller  Calls;
    ERASE_PERSONAL_DATA    "OperationsService/ErasePersonalData"    [Operator]                Small   Direct     WithCaller  Calls;
    LIST_HISTORY           "OperationsService/ListHistory"          [Operator]                Small   Lists      WithCaller  Nothing;

    CREATE_TENANT          "TenantService/CreateTenant"             [Admin]                   Tenant  AsksLucca  Later       Refusals;
    GET_TENANT             "TenantService/GetTenant"                [Admin]                   Tenant  Direct     WithCaller  Nothing;
    LIST_TENANTS           "TenantService/ListTenants"              [Admin]                   Tenant  Lists      WithCaller  Nothing;
    UPDATE_TENANT          "TenantService/UpdateTenant"             [Admin]                   Tenant  AsksLucca  Later       Refusals;
    DELETE_TENANT          "TenantService/DeleteTenant"             [Admin]                   Tenant  Direct     Later       Refusals;
    ROTATE_ENCRYPTION_KEYS "TenantService/RotateEncryptionKeys"     [Admin]                   Tenant  Stream     WithCaller  Refusals;

    GET_WEBHOOK_SETTINGS   "AdapterService/GetWebhookSettings"      [Adapter]                 Small   Direct     WithCaller  Refusals;
    REPORT_EVENT           "AdapterService/ReportEvent"             [Adapter]                 Small   Direct     WithCaller  Refusals;
    REPORT_DELIVERIES      "AdapterService/ReportDeliveries"        [Adapter]                 Small   Direct     WithCaller  Refusals;

    HEALTH_CHECK           "grpc.health.v1.Health/Check"            []                        Small   Direct     WithCaller  Nothing;
    HEALTH_WATCH           "grpc.health.v1.Health/Watch"            []                        Small   Watch      WithCaller  Nothing;
    REFLECTION_V1          "grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
                                                                    []                        Small   Watch      WithCaller  Nothing;
    REFLECTION_V1ALPHA     "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
                                                                    []                        Small   Watch      WithCaller  Nothing;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use prost::Message as _;
    use prost_types::FileDescriptorSet;

    use super::*;
    use crate::pb::DESCRIPTORS;

    /// Every method that the generated services have, and whether it answers with a stream.
    fn generated() -> BTreeMap<String, bool> {
        let sets = [
            DESCRIPTORS,
            tonic_health::pb::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
        ];
        let files = sets.map(|set| FileDescriptorSet::decode(set).unwrap().file);
        let mut methods = BTreeMap::new();
        for file in files.into_iter().flatten() {
            for service in &file.service {
                for method in &service.method {
                    let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                    methods.insert(path, method.server_streaming());
                }
            }
        }
        methods
    }

    #[test]
    fn every_method_of_every_service_has_exactly_one_row() {
        let generated = generated();
        assert_eq!(generated.len(), RPCS.len());
        for (path, streams) in generated {
            let rpc = Rpc::at(&path).unwrap_or_else(|| panic!("{path} has no row"));
            assert_eq!(
                matches!(rpc.work, Work::Stream | Work::Watch),
                streams,
                "{path}"
            );
            let rows = RPCS.iter().filter(|other| other.name == rpc.name);
            assert_eq!(rows.count(), 1, "{path}");
            let ours = path.starts_with("/hr.onboarding.v1.");
            assert_eq!(rpc.is_open(), !ours, "{path}");
        }
    }

    #[test]
    fn a_path_of_no_method_has_no_row() {
        for path in [
            "",
            "/",
            "/hr.onboarding.v1.X/Y",
            "OnboardingService/GetStatus",
        ] {
            assert!(Rpc::at(path).is_none(), "{path}");
        }
        assert!(Rpc::at("/hr.onboarding.v1.OnboardingService/GetStatus").is_some());
    }

    #[test]
    fn permits_are_kept_for_the_services_of_operators_and_administrators() {
        for rpc in RPCS {
            let kept = ["OperationsService/", "TenantService/"];
            let kept = kept.iter().any(|service| rpc.name.starts_with(service));
            assert_eq!(rpc.is_for_operators(), kept, "{}", rpc.name);
        }
    }
}
