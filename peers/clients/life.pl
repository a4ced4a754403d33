# A domain's life through Debian's Sys::Virt: life.pl URI. Prints the events that it receives, one a line.
use strict;
use warnings;
use Sys::Virt;
use Sys::Virt::Domain;
use Sys::Virt::Event;

my $xml = "<domain type='test'><name>pl</name><uuid>507f83d1-a254-4fbe-81a0-c425f6071829</uuid>"
    . "<memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>";

Sys::Virt::Event::register_default();
my $connection = Sys::Virt->new(uri => $ARGV[0]);
my @seen;
my $registration = $connection->domain_event_register_any(
    undef,
    Sys::Virt::Domain::EVENT_ID_LIFECYCLE,
    sub { my ($connection, $domain, $event, $detail) = @_; push @seen, "lifecycle " . $domain->get_name() . " $event $detail"; });

my $domain = $connection->define_domain($xml);
die "it is active" if $domain->is_active();
$domain->create();
die "it does not run" unless $domain->get_info()->{state} == Sys::Virt::Domain::STATE_RUNNING;
$domain->suspend();
my ($state, $reason) = $domain->get_state();
die "it is $state $reason" unless $state == Sys::Virt::Domain::STATE_PAUSED && $reason == Sys::Virt::Domain::STATE_PAUSED_USER;
$domain->resume();
die "no document" unless $domain->get_xml_description() =~ m{<name>pl</name>};
my @names = map { $_->get_name() } $connection->list_all_domains();
die "it is not listed: @names" unless grep { $_ eq "pl" } @names;
$domain->destroy();
$domain->undefine();
Sys::Virt::Event::run_default() while @seen < 6;
eval { $connection->get_domain_by_name("pl"); };
die "it is still there" unless $@ && $@->code == Sys::Virt::Error::ERR_NO_DOMAIN;
$connection->domain_event_deregister_any($registration);
print join("\n", @seen), "\n";
