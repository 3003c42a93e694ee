//! Who calls: one of four kinds (architecture: the way of a request).

use proto::PrincipalKind;
use uuid::Uuid;

/// The caller of a request, or the cause of a consumer's or a job's work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A signed-in person.
    User {
        /// Their tenant.
        tenant: Uuid,
        /// Their account.
        user: Uuid,
        /// The session that the token was minted for.
        session: Uuid,
    },
    /// A partner's system, known by its certificate.
    ServiceAccount {
        /// Its tenant.
        tenant: Uuid,
        /// The account.
        account: Uuid,
    },
    /// Anybody, on one tenant's public pages: submit-only methods.
    Public {
        /// The tenant whose page it is.
        tenant: Uuid,
    },
    /// A service by its certificate alone, because of an event or a job.
    Workload {
        /// The calling service.
        service: String,
        /// Id of the event or job that causes the work.
        cause: Uuid,
        /// The tenant of that event or job.
        tenant: Uuid,
    },
}

impl Principal {
    /// The kind, as policies name it.
    pub fn kind(&self) -> PrincipalKind {
        match self {
            Self::User { .. } => PrincipalKind::User,
            Self::ServiceAccount { .. } => PrincipalKind::ServiceAccount,
            Self::Public { .. } => PrincipalKind::Public,
            Self::Workload { .. } => PrincipalKind::Workload,
        }
    }

    /// The tenant that everything this caller does is bound to.
    pub fn tenant(&self) -> Uuid {
        match self {
            Self::User { tenant, .. } | Self::ServiceAccount { tenant, .. } | Self::Public { tenant } | Self::Workload { tenant, .. } => *tenant,
        }
    }

    /// User or service account: who roles and allocations name. `None` for the public and for workloads.
    pub fn subject(&self) -> Option<Uuid> {
        match self {
            Self::User { user, .. } => Some(*user),
            Self::ServiceAccount { account, .. } => Some(*account),
            _ => None,
        }
    }

    /// Stable text for audit rows and idempotency keys: `user:<id>`, `account:<id>`, `public`, `workload:<service>`.
    pub fn label(&self) -> String {
        match self {
            Self::User { user, .. } => format!("user:{user}"),
            Self::ServiceAccount { account, .. } => format!("account:{account}"),
            Self::Public { .. } => "public".into(),
            Self::Workload { service, .. } => format!("workload:{service}"),
        }
    }
}
