//! The list of all pages: one line for each, `"path of the template" => type,`.
//!
//! The macro embeds the template and adds its samples to the tests that render every page.

/// Lists the pages. The template must be the type's [`super::PageTemplate::TEMPLATE`], below `templates/`.
macro_rules! register_pages {
    ($($path:literal => $page:ty),* $(,)?) => {
        /// Templates of all pages, embedded.
        pub(super) const PAGES: &[(&str, &str)] = &[
            $(($path, include_str!(concat!("../../templates/", $path))),)*
        ];

        #[cfg(test)]
        pub(super) fn for_each_page(visit: &mut dyn super::strict::PageVisitor) {
            $(visit.page($path, <$page as super::PageTemplate>::TEMPLATE, super::strict::samples::<$page>());)*
        }
    };
}

register_pages! {
    "components/guide.html" => super::guide::GuidePage,
    "pages/problem.html" => crate::error_page::ProblemPage,
    "pages/outside.html" => crate::error_page::OutsidePage,
    "pages/cases/list.html" => crate::pages::cases::CasesPage,
    "pages/cases/overview.html" => crate::pages::cases::OverviewPage,
    "pages/cases/opening.html" => crate::pages::cases::OpeningPage,
    "pages/cases/form.html" => crate::pages::cases::FormPage,
    "pages/cases/allocated.html" => crate::pages::cases::AllocatedPage,
    "pages/cases/handed_over.html" => crate::pages::cases::HandedOverPage,
    "pages/cases/participants.html" => crate::pages::cases::ParticipantsPage,
    "pages/cases/participant.html" => crate::pages::cases::ParticipantPage,
    "pages/cases/notes.html" => crate::pages::cases::NotesPage,
    "pages/cases/meetings.html" => crate::pages::cases::MeetingsPage,
    "pages/cases/meeting.html" => crate::pages::cases::MeetingPage,
    "pages/cases/outcomes.html" => crate::pages::cases::OutcomesPage,
    "pages/cases/timeline.html" => crate::pages::cases::TimelinePage,
    "pages/cases/access.html" => crate::pages::cases::AccessPage,
    "pages/refer/start.html" => crate::pages::refer::StartPage,
    "pages/refer/exit_this_page.html" => crate::pages::refer::ExitPage,
    "pages/refer/question.html" => crate::pages::refer::QuestionPage,
    "pages/refer/check.html" => crate::pages::refer::CheckPage,
    "pages/refer/sent.html" => crate::pages::refer::SentPage,
    "pages/refer/gone.html" => crate::pages::refer::GonePage,
    "pages/refer/left.html" => crate::pages::refer::LeftPage,
    "pages/referrals/list.html" => crate::pages::referrals::ListPage,
    "pages/referrals/mine.html" => crate::pages::referrals::MinePage,
    "pages/referrals/new.html" => crate::pages::referrals::NewPage,
    "pages/referrals/sent.html" => crate::pages::referrals::ReferralSentPage,
    "pages/referrals/show.html" => crate::pages::referrals::ShowPage,
    "pages/referrals/act.html" => crate::pages::referrals::ActPage,
    "pages/referrals/accept.html" => crate::pages::referrals::AcceptPage,
    "pages/referrals/status.html" => crate::pages::referrals::StatusPage,
    "pages/staff/sign_in.html" => crate::pages::staff::sign_in::SignInPage,
    "pages/staff/sign_in_code.html" => crate::pages::staff::sign_in::CodePage,
    "pages/staff/enrol.html" => crate::pages::staff::enrol::EnrolPage,
    "pages/staff/step_up.html" => crate::step_up::StepUpPage,
    "pages/staff/go_on.html" => crate::step_up::GoOnPage,
    "pages/staff/own_password.html" => crate::pages::staff::own::PasswordPage,
    "pages/staff/own_authenticator.html" => crate::pages::staff::own::AuthenticatorPage,
    "pages/staff/own_passkey.html" => crate::pages::staff::own::PasskeyPage,
    "pages/staff/recovery_codes.html" => crate::pages::staff::own::RecoveryCodesPage,
    "pages/staff/account.html" => crate::pages::staff::account::AccountPage,
    "pages/staff/home.html" => crate::pages::staff::home::HomePage,
    "pages/staff/users.html" => crate::pages::staff::users::UsersPage,
    "pages/staff/invite.html" => crate::pages::staff::invite::InvitePage,
    "pages/staff/enrolment_link.html" => crate::pages::staff::user_acts::SentPage,
    "pages/staff/user.html" => crate::pages::staff::user::UserPage,
    "pages/staff/user_edit.html" => crate::pages::staff::user_edit::EditUserPage,
    "pages/staff/role_add.html" => crate::pages::staff::user_edit::AddRolePage,
    "pages/staff/confirm.html" => crate::pages::staff::confirm::ConfirmPage,
    "pages/staff/organisation.html" => crate::pages::staff::organisation::OrganisationPage,
    "pages/staff/settings.html" => crate::pages::staff::settings::SettingsPage,
    "pages/staff/node_add.html" => crate::pages::staff::nodes::AddNodePage,
    "pages/staff/node_rename.html" => crate::pages::staff::nodes::RenameNodePage,
    "pages/staff/service_account_add.html" => crate::pages::staff::service_accounts::AddAccountPage,
    "pages/roles/list.html" => crate::pages::roles::list::RolesPage,
    "pages/roles/role.html" => crate::pages::roles::role::RolePage,
    "pages/roles/edit.html" => crate::pages::roles::edit::EditRolePage,
    "pages/roles/compare.html" => crate::pages::roles::compare::ComparePage,
    "pages/roles/preview.html" => crate::pages::roles::preview::PreviewPage,
    "pages/roles/why.html" => crate::pages::roles::why::WhyPage,
    "pages/roles/ending.html" => crate::pages::roles::ending::EndingPage,
    "pages/staff/privacy.html" => crate::pages::staff::tenant_pages::PrivacyPage,
    "pages/staff/accessibility.html" => crate::pages::staff::tenant_pages::AccessibilityPage,
    "pages/staff/cookies.html" => crate::pages::staff::tenant_pages::CookiesPage,
    "pages/staff/help.html" => crate::pages::staff::tenant_pages::HelpPage,
    "pages/people/search.html" => crate::pages::people::search::SearchPage,
    "pages/people/erasure.html" => crate::pages::people::erasure::ErasurePage,
    "pages/staff/keys.html" => crate::pages::staff::keys::KeysPage,
    "pages/people/person.html" => crate::pages::people::person::PersonPage,
    "pages/reports/list.html" => crate::pages::reports::list::ReportsPage,
    "pages/access/list.html" => crate::pages::access::ListPage,
    "pages/reports/report.html" => crate::pages::reports::report::ReportPage,
    "pages/audit/home.html" => crate::pages::audit::AuditPage,
    "pages/audit/record.html" => crate::pages::audit::record::RecordPage,
    "pages/audit/user.html" => crate::pages::audit::user::UserTrailPage,
    "pages/audit/unusual.html" => crate::pages::audit::unusual::UnusualPage,
    "pages/audit/usage.html" => crate::pages::audit::usage::UsagePage,
    "pages/audit/export.html" => crate::pages::audit::export::ExportPage,
}
