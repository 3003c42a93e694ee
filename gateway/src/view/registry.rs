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
}
