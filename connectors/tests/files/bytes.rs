//! Files made by hand, byte by byte: nobody's recordings.

/// FIT base types: number and size.
pub const ENUM: (u8, u8) = (0x00, 1);
pub const UINT8: (u8, u8) = (0x02, 1);
pub const UINT16: (u8, u8) = (0x84, 2);
pub const SINT32: (u8, u8) = (0x85, 4);
pub const UINT32: (u8, u8) = (0x86, 4);
pub const UINT32Z: (u8, u8) = (0x8c, 4);

/// A field of a message: its number, its type, its value.
pub type FieldRow = (u8, (u8, u8), i64);

/// 2021-09-08T01:46:40Z as FIT counts.
pub const START: i64 = 1_000_000_000;

/// A FIT file while it is written.
#[derive(Default)]
pub struct Fit {
    data: Vec<u8>,
    big_endian: bool,
}

impl Fit {
    pub fn big_endian() -> Self {
        Self { big_endian: true, ..Self::default() }
    }

    fn number(&mut self, value: i64, size: u8) {
        let bytes = value.to_le_bytes();
        let bytes = &bytes[..usize::from(size)];
        if self.big_endian {
            self.data.extend(bytes.iter().rev());
        } else {
            self.data.extend(bytes);
        }
    }

    /// A definition, and a message of it.
    pub fn message(mut self, global: u16, fields: &[FieldRow]) -> Self {
        self.data.extend([0x40, 0, u8::from(self.big_endian)]);
        self.number(i64::from(global), 2);
        self.data.push(fields.len() as u8);
        for (number, (base, size), _) in fields {
            self.data.extend([*number, *size, *base]);
        }
        self.data.push(0);
        for (_, (_, size), value) in fields {
            self.number(*value, *size);
        }
        self
    }

    /// Bytes as they are.
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.data.extend(bytes);
        self
    }

    /// A `file_id` of that type, by a device with a serial number.
    pub fn file_id(self, kind: i64) -> Self {
        let fields =
            [(0, ENUM, kind), (1, UINT16, 1), (2, UINT16, 3291), (3, UINT32Z, 4_000_000_001), (4, UINT32, START)];
        self.message(0, &fields)
    }

    /// A record that many seconds after the start, going north-east.
    pub fn record(self, seconds: i64) -> Self {
        let fields = [
            (253, UINT32, START + seconds),
            (0, SINT32, 570_000_000 + seconds * 1000),
            (1, SINT32, 130_000_000 + seconds * 900),
            (2, UINT16, (500 + 100 + seconds) * 5),
            (3, UINT8, 120 + seconds % 50),
            (5, UINT32, seconds * 300),
        ];
        self.message(20, &fields)
    }

    /// A session of a run.
    pub fn session(self, start: i64, elapsed_ms: i64) -> Self {
        let fields = [
            (253, UINT32, START + start + elapsed_ms / 1000),
            (2, UINT32, START + start),
            (5, ENUM, 1),
            (6, ENUM, 3),
            (7, UINT32, elapsed_ms),
            (8, UINT32, elapsed_ms - 500),
            (9, UINT32, 123_456),
            (11, UINT16, 77),
            (16, UINT8, 140),
            (17, UINT8, 255),
            (18, UINT8, 85),
            (20, UINT16, 65_535),
        ];
        self.message(18, &fields)
    }

    /// The file, with header and checksum.
    pub fn file(&self) -> Vec<u8> {
        let mut file = vec![14, 0x20, 0x54, 0x08];
        file.extend((self.data.len() as u32).to_le_bytes());
        file.extend(b".FIT");
        file.extend(crc(&file).to_le_bytes());
        file.extend(&self.data);
        file.extend(crc(&file).to_le_bytes());
        file
    }
}

/// FIT's checksum, bit by bit.
pub fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xa001 } else { crc >> 1 })
    })
}

/// A run of a minute, whole.
pub fn run() -> Fit {
    (0..=60)
        .fold(Fit::default().file_id(4), Fit::record)
        .message(19, &[(2, UINT32, START)])
        .session(0, 60_500)
        .message(34, &[(253, UINT32, START + 61), (5, UINT32, START + 61 + 7200), (1, UINT16, 1)])
}

/// A TCX file with these activities.
pub fn tcx(activities: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<TrainingCenterDatabase xmlns=\"http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2\"><Activities>{activities}</Activities></TrainingCenterDatabase>"
    )
}

/// A TCX activity of two laps with a pause of 30 seconds between them, on that day of June 2021.
pub fn tcx_activity(day: u8) -> String {
    let point = |second: u8, metres: u8| {
        format!(
            "<Trackpoint><Time>2021-06-{day:02}T10:{:02}:{:02}Z</Time><Position><LatitudeDegrees>47.{second:03}</LatitudeDegrees><LongitudeDegrees>11.5</LongitudeDegrees></Position><AltitudeMeters>{second}</AltitudeMeters><DistanceMeters>{metres}</DistanceMeters><HeartRateBpm><Value>{}</Value></HeartRateBpm><Extensions><ns3:TPX><ns3:RunCadence>88</ns3:RunCadence><ns3:Watts>250</ns3:Watts></ns3:TPX></Extensions></Trackpoint>",
            second / 60,
            second % 60,
            100 + second / 2
        )
    };
    format!(
        "<Activity Sport=\"Running\"><Id>2021-06-{day:02}T12:00:00Z</Id><Lap StartTime=\"2021-06-{day:02}T10:00:00.000Z\"><TotalTimeSeconds>30.25</TotalTimeSeconds><DistanceMeters>100.5</DistanceMeters><Calories>5</Calories><AverageHeartRateBpm><Value>110</Value></AverageHeartRateBpm><MaximumHeartRateBpm><Value>115</Value></MaximumHeartRateBpm><Track>{}{}</Track></Lap><Lap StartTime=\"2021-06-{day:02}T10:01:00.000Z\"><TotalTimeSeconds>60</TotalTimeSeconds><DistanceMeters>200</DistanceMeters><Calories>7</Calories><AverageHeartRateBpm><Value>140</Value></AverageHeartRateBpm><MaximumHeartRateBpm><Value>150</Value></MaximumHeartRateBpm><Track>{}{}</Track></Lap><Creator><Name>Forerunner 1 </Name><UnitId>4000000001</UnitId><ProductID>1</ProductID></Creator></Activity>",
        point(0, 0),
        point(30, 100),
        point(60, 101),
        point(119, 250)
    )
}

/// A GPX file with these tracks.
pub fn gpx(tracks: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<gpx version=\"1.1\" creator=\"StravaGPX Little Watch\"><metadata><time>2022-01-01T00:00:00Z</time></metadata>{tracks}</gpx>"
    )
}

/// A GPX track of ten minutes from that hour on, with a point each minute and the zone as given.
pub fn gpx_track(hour: u8, zone: &str) -> String {
    let points: String = (0..=10)
        .map(|minute| {
            format!(
                "<trkpt lat=\"47.{minute:02}\" lon=\"11.5\"><ele>{minute}</ele><time>2021-06-01T{hour:02}:{minute:02}:00{zone}</time><extensions><x:TrackPointExtension><x:hr>{}</x:hr><x:cad>90</x:cad><x:atemp>21.0</x:atemp></x:TrackPointExtension><power>200</power></extensions></trkpt>",
                100 + minute
            )
        })
        .collect();
    format!("<trk><name>Morning &amp; Evening</name><type>trail_running</type><trkseg>{points}</trkseg></trk>")
}
