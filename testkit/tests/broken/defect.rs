//! What can be wrong with a driver, and the case that has to find it.

macro_rules! defects {
    ($($(#[$doc:meta])* $defect:ident = $name:literal, caught by $case:literal;)*) => {
        /// What is wrong with the driver.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Defect {
            /// Nothing.
            None,
            $($(#[$doc])* $defect),*
        }

        impl Defect {
            /// Every one, with the case that is meant to find it.
            pub(crate) const ALL: &[(Self, &str)] = &[$((Self::$defect, $case)),*];

            /// The defect that a URI names.
            pub(crate) fn of_name(name: &str) -> Option<Self> {
                match name {
                    "none" => Some(Self::None),
                    $($name => Some(Self::$defect),)*
                    _ => None,
                }
            }

            /// The URI that opens a driver with this defect.
            pub(crate) fn uri(self) -> &'static str {
                match self {
                    Self::None => "reference:///?defect=none",
                    $(Self::$defect => concat!("reference:///?defect=", $name)),*
                }
            }
        }
    };
}

defects! {
    /// It resumes a domain and tells nobody.
    ForgetsAnEvent = "forgets_an_event", caught by "lifecycle::resume_when_paused";
    /// It tells the two events of a paused start the wrong way round.
    TellsInWrongOrder = "tells_in_wrong_order", caught by "events::a_paused_start_is_told_in_order";
    /// Its events do not say which call caused them.
    LosesTheCause = "loses_the_cause", caught by "lifecycle::suspend_when_running";
    /// It lets a running domain be started.
    AllowsTheForbidden = "allows_the_forbidden", caught by "lifecycle::start_when_running";
    /// It says of a domain that is gone that its state is wrong.
    WrongErrorKind = "wrong_error_kind", caught by "lifecycle::suspend_when_gone";
    /// It claims to reboot domains, and does not.
    ClaimsTooMuch = "claims_too_much", caught by "claims::Domain::reboot";
    /// It starts a domain in two steps, and can be stopped between them.
    ChangesByHalf = "changes_by_half", caught by "giving_up::a_dropped_start_leaves_before_or_after";
    /// A call that waits on one domain keeps it from looking at another.
    WaitsForOthers = "waits_for_others", caught by "giving_up::one_call_holds_up_no_other";
    /// It gives two running domains the same id.
    RepeatsIds = "repeats_ids", caught by "lookup::ids_differ";
    /// It keeps a transient domain when its run is over.
    KeepsWhatIsGone = "keeps_what_is_gone", caught by "lifecycle::destroy_when_running_and_transient";
    /// It lets two domains have one name.
    SharesNames = "shares_names", caught by "definition::a_name_is_taken_once";
    /// It raises an error kind that the call's description does not have.
    RaisesTheUnexpected = "raises_the_unexpected", caught by "claims::Domain::dumpxml";
    /// It does a call that it does not claim.
    ClaimsTooLittle = "claims_too_little", caught by "claims::Connection::hostname";
    /// It lists all domains, whatever is asked for.
    IgnoresFilters = "ignores_filters", caught by "lookup::list_by_state";
    /// It says that a callback is deregistered, and goes on calling it.
    LeaksCallbacks = "leaks_callbacks", caught by "events::after_deregistering_nothing_is_called";
    /// It keeps every event for a subscriber that does not read.
    GrowsWithoutBounds = "grows_without_bounds", caught by "events::a_subscriber_that_never_reads_stays_small";
    /// It says that a snapshot contains an event that has yet to come.
    MissesEventsAfterSnapshots = "misses_events_after_snapshots", caught by "events::the_states_are_those_of_the_domains";
    /// It begins a call before it is polled.
    ActsUnasked = "acts_unasked", caught by "giving_up::nothing_happens_before_a_call_is_polled";
    /// It refuses to start a domain for the third time.
    WearsOut = "wears_out", caught by "random::walks_agree_with_the_model";
}
