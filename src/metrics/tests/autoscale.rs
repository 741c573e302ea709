//! Numbers of nodes that follow the load.

use super::*;
use crate::metrics::names;

#[test]
fn node_hours_are_the_integral_of_who_serves_and_time_is_short_while_fewer_serve_than_are_wanted() {
    let mut tale = Tale::of(&Roster { gateways: 9, ..roster(&[], 9) });
    let told: [(u64, u32, u32); 5] = [(0, 2, 2), (115, 2, 6), (175, 6, 6), (200, 6, 9), (500, 4, 4)];
    for (time, serving, wanted) in told {
        tale.fact(time, Fact::Nodes { station: None, serving, wanted });
    }
    let station = Some(StationId(0));
    tale.fact(0, Fact::Nodes { station, serving: 1, wanted: 1 });
    tale.fact(900, Fact::Nodes { station, serving: 1, wanted: 3 });
    let sheet = tale.end();
    let served_s = 2 * 175 + 6 * (500 - 175) + 4 * (1000 - 500);
    check(
        &sheet,
        &[
            (names::AUTOSCALE_GATEWAYS_PEAK, Some(6.0)),
            (names::AUTOSCALE_GATEWAYS_NODE_HOURS, Some(f64::from(served_s) / 3600.0)),
            (names::AUTOSCALE_GATEWAYS_SHORT, Some(60.0 + 300.0)),
            (names::AUTOSCALE_GATEWAYS_CHANGES, Some(3.0)),
        ],
    );
    let at_station = |name: &str| sheet.values.iter().find(|v| v.name == name).expect("it is there").value;
    assert_eq!(at_station(names::AUTOSCALE_SERVERS_PEAK), Some(1.0));
    assert_eq!(at_station(names::AUTOSCALE_SERVERS_NODE_HOURS), Some(1000.0 / 3600.0));
    assert_eq!(at_station(names::AUTOSCALE_SERVERS_SHORT), Some(100.0));
    assert_eq!(at_station(names::AUTOSCALE_SERVERS_CHANGES), Some(1.0));
}

#[test]
fn where_the_number_stays_there_is_nothing_to_say_of_it() {
    let sheet = Tale::of(&roster(&[], 9)).end();
    check(&sheet, &[(names::AUTOSCALE_GATEWAYS_PEAK, None), (names::AUTOSCALE_GATEWAYS_NODE_HOURS, None)]);
}

#[test]
fn peaks_are_compared_over_the_gateways_that_ever_served() {
    let mut tale = Tale::of(&Roster { gateways: 9, ..roster(&[], 9) });
    for (time, serving) in [(0, 1), (115, 3), (500, 2)] {
        tale.fact(time, Fact::Nodes { station: None, serving, wanted: serving });
    }
    for (gateway, in_flight) in [(0, 6), (1, 3)] {
        tale.fact(200, Fact::GatewayPeak { gateway: GatewayId(gateway), in_flight });
    }
    check(
        &tale.end(),
        &[(names::GATEWAYS_IN_FLIGHT_PEAK, Some(6.0)), (names::GATEWAYS_IMBALANCE, Some(2.0))],
    );
}

#[test]
fn a_station_is_as_busy_as_its_servers_of_each_time() {
    let station = StationId(0);
    let mut tale = Tale::of(&roster(&[2], 9));
    let told =
        |time: u64, serving: u32| (time, Fact::Nodes { station: Some(station), serving, wanted: serving });
    let tell = |tale: &mut Tale, (time, fact): (u64, Fact)| {
        tale.fact(time, fact);
    };
    tell(&mut tale, told(0, 2));
    for person in [0, 1] {
        tale.joins(101, tab(person, 0));
        tale.fact(110, Fact::ServiceBegan { who: tab(person, 0), station, waited: Span::ZERO });
    }
    tell(&mut tale, told(115, 1));
    for (time, person) in [(120, 0), (140, 1)] {
        let (who, served) = (tab(person, 0), Span::from_secs(time - 110));
        let fact = Fact::ServiceEnded { who, station, served, zombie: Span::ZERO, wasted: Span::ZERO };
        if person == 1 {
            tell(&mut tale, told(130, 3));
        }
        tale.fact(time, fact).stops(200, who, Stop::Patience);
    }
    let sheet = tale.end();
    let busy = sheet.values.iter().find(|v| v.name == names::STATION_UTILISATION).expect("it is there").value;
    // Two until 115 s, one of which finishes until 120 s, one until 130 s, three until 140 s.
    assert_eq!(busy, Some(f64::from(10 + 30) / f64::from(2 * 5 + 15 + 5 + 3 * 10)));
}
