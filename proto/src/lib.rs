//! Accord's contracts: the generated messages, clients and servers of every package under `protos/`,
//! and the descriptor set that the policy gate, the mask layer and the coverage tests walk.

/// The raw descriptor set with all custom options.
pub const DESCRIPTOR_SET: &[u8] = include_bytes!("gen/descriptor.bin");

/// The descriptor pool of every contract, decoded once. It keeps custom options, which prost-types' set loses.
pub fn pool() -> &'static prost_reflect::DescriptorPool {
    static POOL: std::sync::LazyLock<prost_reflect::DescriptorPool> = std::sync::LazyLock::new(|| {
        prost_reflect::DescriptorPool::decode(DESCRIPTOR_SET).expect("the checked-in descriptor set decodes")
    });
    &POOL
}

pub use accord::*;

#[allow(clippy::all, clippy::allow_attributes, reason = "generated code; what it trips changes with the generator")]
mod accord {
    include!("gen/accord.rs");

    /// The permission snapshot and `AdvanceEpoch`.
    pub mod authz {
        pub mod v1 {
            include!("gen/accord.authz.v1.rs");
        }
    }

    /// The audit trail of a service.
    pub mod audit {
        pub mod v1 {
            include!("gen/accord.audit.v1.rs");
        }
    }

    /// The state of a service's keys.
    pub mod keys {
        pub mod v1 {
            include!("gen/accord.keys.v1.rs");
        }
    }

    /// Tenants, users, sessions, roles and tokens.
    pub mod identity {
        pub mod v1 {
            include!("gen/accord.identity.v1.rs");
        }
    }

    /// Intake and triage of referrals.
    pub mod referral {
        pub mod v1 {
            include!("gen/accord.referral.v1.rs");
        }
    }

    /// The people register.
    pub mod people {
        pub mod v1 {
            include!("gen/accord.people.v1.rs");
        }
    }

    /// Cases and everything that is done in one.
    pub mod case {
        pub mod v1 {
            include!("gen/accord.case.v1.rs");
        }
    }

    /// Messages to people and staff.
    pub mod notification {
        pub mod v1 {
            include!("gen/accord.notification.v1.rs");
        }
    }

    /// Anonymous reports.
    pub mod reporting {
        pub mod v1 {
            include!("gen/accord.reporting.v1.rs");
        }
    }

    /// Notices between services.
    pub mod events {
        pub mod v1 {
            include!("gen/accord.events.v1.rs");
        }
    }

    /// Facts for reporting.
    pub mod facts {
        pub mod v1 {
            include!("gen/accord.facts.v1.rs");
        }
    }
}
